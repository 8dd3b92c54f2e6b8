import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { parseAccount, type WechatAccountOptions } from '../../src/wechat-api/account.ts'
import { createClient } from '../../src/wechat-api/client.ts'
import { parseTolerantJson } from '../../src/wechat-api/lenient-json.ts'
import { exchangeCode } from '../../src/wechat-api/oauth.ts'
import {
  cut,
  drip,
  hang,
  json,
  type Reply,
  raw,
  refuse,
  reset,
  startScriptedWechat,
} from '../support/scripted-wechat.ts'

const PATH = '/cgi-bin/thing'
const EXCHANGE = '/sns/oauth2/access_token'
const LIMIT_MS = 500

async function clientBench(options: WechatAccountOptions = {}) {
  const wechat = await startScriptedWechat()
  const account = parseAccount(
    'test',
    {
      appId: 'wx0123456789abcdef',
      appSecret: 'a-secret-of-tests',
      apiBaseUrl: wechat.baseUrl,
      timeoutMs: LIMIT_MS,
      ...options,
    },
    {},
  )
  const client = createClient(account)
  onTestFinished(async () => {
    client.close()
    await wechat.close()
  })
  const call = (isRepeatable = true) =>
    client.call({ endpoint: PATH, secrets: [], answer: z.object({ ok: z.number() }), isRepeatable })
  return { wechat, account, client, call }
}

const bad: [string, Reply, string][] = [
  ['hangs', hang, 'wechat_timeout'],
  ['drips', drip, 'wechat_timeout'],
  ['resets the connection', reset, 'wechat_unreachable'],
  ['cuts the answer off', cut, 'wechat_unreachable'],
  ['answers HTML', raw(200, '<html></html>'), 'wechat_protocol'],
  ['answers nothing', raw(200, ''), 'wechat_protocol'],
  ['answers {}', json({}), 'wechat_protocol'],
  ['answers null', json(null), 'wechat_protocol'],
  ['answers a list', json([1]), 'wechat_protocol'],
  ['answers a string', json('ok'), 'wechat_protocol'],
  ['answers a wrong type', json({ ok: '1' }), 'wechat_protocol'],
  ['answers a cut JSON', raw(200, '{"ok":1'), 'wechat_protocol'],
  ['answers 5 MB', raw(200, `{"ok":1,"x":"${'x'.repeat(5_000_000)}"}`), 'wechat_protocol'],
  ['answers a byte too much', raw(200, `{"ok":1,"x":"${'x'.repeat(65_537 - 15)}"}`), 'wechat_protocol'],
  [
    'answers gzip that nobody asked for',
    raw(200, gzipSync('{"ok":1}'), { 'content-encoding': 'gzip' }),
    'wechat_protocol',
  ],
  ['calls it compressed', raw(200, '{"ok":1}', { 'content-encoding': 'br' }), 'wechat_protocol'],
  ['redirects', raw(302, '{"ok":1}', { location: '/elsewhere' }), 'wechat_protocol'],
  ['answers HTTP 500', raw(500, '{"ok":1}'), 'wechat_protocol'],
  ['answers HTTP 404', raw(404, '{"ok":1}'), 'wechat_protocol'],
  ['answers an errcode that is no number', json({ errcode: {}, ok: 1 }), 'wechat_protocol'],
]

describe('a WeChat that misbehaves', () => {
  it.each(bad)('%s: the right error, within the limit', async (_, reply, code) => {
    // What is answered at once has time enough for a busy machine; what never is need not be waited for.
    const { wechat, call } = await clientBench(code === 'wechat_timeout' ? {} : { timeoutMs: 10_000 })
    wechat.always(PATH, reply)
    const startedAt = performance.now()
    await expect(call()).rejects.toMatchObject({
      name: 'WechatUpstreamError',
      code,
      status: code === 'wechat_timeout' ? 504 : 502,
      endpoint: PATH,
    })
    // Generous: the machine may be busy. Without a limit, hanging and dripping would never end.
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS + 2_500)
  })

  it('that nobody can reach is an error too, tried twice', async () => {
    const { call } = await clientBench({ apiBaseUrl: 'http://127.0.0.1:1' })
    await expect(call()).rejects.toMatchObject({ code: 'wechat_unreachable', status: 502 })
  })

  it('does not stop reading at the documented size', async () => {
    const { wechat, call } = await clientBench()
    wechat.always(PATH, raw(200, `{"ok":1,"x":"${'x'.repeat(65_536 - 15)}"}`))
    await expect(call()).resolves.toEqual({ ok: 1 })
  })

  it('can not hold the process up with quotes that never close', () => {
    // Each quote looked at from anew, these would take minutes.
    const startedAt = performance.now()
    expect(parseTolerantJson(Buffer.from(`[${'\\"'.repeat(250_000)}`))).toBeUndefined()
    expect(parseTolerantJson(Buffer.from(`{"a":"${'\u0001'.repeat(250_000)}"}`))).toBeDefined()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it("sends people's names with raw control characters", async () => {
    const { wechat, call } = await clientBench()
    wechat.always(PATH, raw(200, '{"ok":1,"nickname":"a\u0001\tb"}'))
    await expect(call()).resolves.toEqual({ ok: 1 })
  })

  it('refuses with its code as a number or as a text', async () => {
    const { wechat, call } = await clientBench()
    wechat.once(
      PATH,
      refuse(45009),
      json({ errcode: '45009', errmsg: 'quota' }),
      json({ errcode: '0', ok: 1 }),
    )
    await expect(call()).rejects.toMatchObject({ name: 'WechatApiError', errcode: 45009, status: 429 })
    await expect(call()).rejects.toMatchObject({ errcode: 45009 })
    await expect(call()).resolves.toEqual({ ok: 1 })
  })

  it('that turns out to be the simulator is refused for a real account', async () => {
    const { wechat, call } = await clientBench()
    wechat.always(PATH, raw(200, '{"ok":1}', { 'x-wechat-simulator': '1' }))
    await expect(call()).rejects.toMatchObject({ name: 'WechatConfigError', code: 'simulator_mismatch' })
    expect(wechat.count(PATH)).toBe(1)
  })
})

describe('repeating', () => {
  it.each([
    ['a reset', reset],
    ['HTTP 500', raw(500, '')],
    ['errcode -1, which says that WeChat is busy', refuse(-1)],
  ])('is done once after %s, where asking twice is harmless', async (_, reply) => {
    const { wechat, call } = await clientBench()
    wechat.once(PATH, reply, json({ ok: 1 }))
    await expect(call()).resolves.toEqual({ ok: 1 })
    wechat.always(PATH, reply)
    await expect(call()).rejects.toThrow()
    expect(wechat.count(PATH)).toBe(4)
  })

  it('is not done after a refusal', async () => {
    const { wechat, call } = await clientBench()
    wechat.always(PATH, refuse(40013))
    await expect(call()).rejects.toMatchObject({ errcode: 40013 })
    expect(wechat.count(PATH)).toBe(1)
  })

  it.each([
    ['reset', reset],
    ['hang', hang],
    ['HTTP 500', raw(500, '')],
    ['errcode -1', refuse(-1)],
    ['cut', cut],
  ])('is never done for the exchange of a login code once it was sent (%s)', async (_, reply) => {
    const { wechat, client } = await clientBench()
    wechat.always(EXCHANGE, reply)
    await expect(exchangeCode(client, 'code-1')).rejects.toThrow()
    expect(wechat.count(EXCHANGE)).toBe(1)
  })

  it('uses no kept connection for a login code: WeChat may close it at that moment', async () => {
    const { wechat, client, call } = await clientBench()
    wechat.always(PATH, json({ ok: 1 }))
    await call()
    const headers: unknown[] = []
    wechat.always(EXCHANGE, (res, told) => {
      headers.push(res.req.headers.connection)
      return refuse(40029)(res, told)
    })
    await exchangeCode(client, 'code-1').catch(() => {})
    expect(headers).toEqual(['close'])
  })

  it('never adds more than a tenth to the calls of a WeChat that is in trouble', async () => {
    const { wechat, call } = await clientBench({ timeoutMs: 20_000 })
    wechat.always(PATH, raw(500, ''))
    const calls = 100
    await Promise.all(Array.from({ length: calls }, () => call().catch(() => {})))
    // Ten were saved up.
    expect(wechat.count(PATH)).toBeLessThanOrEqual(calls * 1.1 + 10)
    expect(wechat.count(PATH)).toBeGreaterThan(calls)
  })
})
