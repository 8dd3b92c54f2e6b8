import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { parseAccount, type WechatAccountOptions } from '../../src/wechat-api/account.ts'
import { createClient } from '../../src/wechat-api/client.ts'
import { parseLenientJson } from '../../src/wechat-api/lenient-json.ts'
import { exchangeCode, LostGrantError } from '../../src/wechat-api/oauth.ts'
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

interface ClientBenchOptions extends WechatAccountOptions {
  /** Where calls go if the scripted WeChat can't be connected to. */
  otherBaseUrl?: string
}

async function clientBench({ otherBaseUrl, ...options }: ClientBenchOptions = {}) {
  const wechat = await startScriptedWechat()
  const account = parseAccount(
    'test',
    {
      appId: 'wx0123456789abcdef',
      appSecret: 'a-secret-of-tests',
      apiBaseUrl: otherBaseUrl === undefined ? wechat.baseUrl : [wechat.baseUrl, otherBaseUrl],
      timeoutMs: 500,
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
    // Without a limit, hanging and dripping would last until the limit of this test.
    await expect(call()).rejects.toMatchObject({
      name: 'WechatUpstreamError',
      code,
      status: code === 'wechat_timeout' ? 504 : 502,
      endpoint: PATH,
    })
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
    // Each quote looked at from anew, these would take minutes, and this test would pass its limit.
    expect(parseLenientJson(Buffer.from(`[${'\\"'.repeat(250_000)}`))).toBeUndefined()
    expect(parseLenientJson(Buffer.from(`{"a":"${'\u0001'.repeat(250_000)}"}`))).toBeDefined()
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
    ['a reset', reset, 'wechat_unreachable'],
    ['HTTP 500', raw(500, ''), 'wechat_protocol'],
    ['errcode -1, which says that WeChat is busy', refuse(-1), 'wechat_refused'],
  ])('is done once after %s, where asking twice is harmless', async (_, reply, code) => {
    const { wechat, call } = await clientBench()
    wechat.once(PATH, reply, json({ ok: 1 }))
    await expect(call()).resolves.toEqual({ ok: 1 })
    wechat.always(PATH, reply)
    await expect(call()).rejects.toMatchObject({ code })
    expect(wechat.count(PATH)).toBe(4)
  })

  it('is not done after a refusal', async () => {
    const { wechat, call } = await clientBench()
    wechat.always(PATH, refuse(40013))
    await expect(call()).rejects.toMatchObject({ errcode: 40013 })
    expect(wechat.count(PATH)).toBe(1)
  })

  it.each([
    ['reset', reset, 'wechat_unreachable'],
    ['hang', hang, 'wechat_timeout'],
    ['HTTP 500', raw(500, ''), 'wechat_protocol'],
    ['errcode -1', refuse(-1), 'wechat_refused'],
    ['cut', cut, 'wechat_unreachable'],
  ])('is never done for the exchange of a login code once it was sent (%s)', async (_, reply, code) => {
    const { wechat, client } = await clientBench()
    wechat.always(EXCHANGE, reply)
    await expect(exchangeCode(client, 'code-1')).rejects.toMatchObject({ code })
    expect(wechat.count(EXCHANGE)).toBe(1)
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

describe('the exchange of a login code on a kept connection', () => {
  const grant = {
    access_token: 'user-token',
    expires_in: 7200,
    refresh_token: 'refresh-token',
    openid: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
    scope: 'snsapi_base',
  }

  /** A client with one kept connection, and the ports from which WeChat gets exchanges. */
  async function keptBench({ otherBaseUrl }: { otherBaseUrl?: string } = {}) {
    const bench = await clientBench({ timeoutMs: 10_000, ...(otherBaseUrl && { otherBaseUrl }) })
    const ports: (number | undefined)[] = []
    const seen =
      (reply: Reply): Reply =>
      (res, told) => {
        ports.push(res.req.socket.remotePort)
        return reply(res, told)
      }
    bench.wechat.always(EXCHANGE, seen(json(grant)))
    await exchangeCode(bench.client, 'code-0')
    return { ...bench, ports, seen }
  }

  it('is repeated once on a fresh connection if the kept one is reset', async () => {
    const { wechat, client, ports, seen } = await keptBench()
    wechat.once(EXCHANGE, seen(reset))
    await expect(exchangeCode(client, 'code-1')).resolves.toMatchObject({ openid: grant.openid })
    expect(ports).toHaveLength(3)
    expect(ports[1]).toBe(ports[0])
    expect(ports[2]).not.toBe(ports[0])
  })

  it('is not repeated a second time', async () => {
    const { wechat, client, seen } = await keptBench()
    wechat.always(EXCHANGE, seen(reset))
    await expect(exchangeCode(client, 'code-1')).rejects.toMatchObject({ code: 'wechat_unreachable' })
    expect(wechat.count(EXCHANGE)).toBe(3)
  })

  it('is repeated although the retry budget is spent', async () => {
    const { wechat, client, seen } = await keptBench()
    while (client.retries.hasOne()) client.retries.spendOne()
    wechat.once(EXCHANGE, seen(reset))
    await expect(exchangeCode(client, 'code-1')).resolves.toMatchObject({ openid: grant.openid })
  })

  it.each([
    ['the answer had begun', cut, 'wechat_unreachable'],
    ['a head had begun', (res => void res.socket?.end('HTTP/1.1 20')) satisfies Reply, 'wechat_unreachable'],
    ['WeChat answers HTTP 500', raw(500, ''), 'wechat_protocol'],
    ['WeChat is busy', refuse(-1), 'wechat_refused'],
  ])('is not repeated if %s', async (_, reply, code) => {
    const { wechat, client, seen } = await keptBench()
    wechat.once(EXCHANGE, seen(reply))
    await expect(exchangeCode(client, 'code-1')).rejects.toMatchObject({ code })
    expect(wechat.count(EXCHANGE)).toBe(2)
  })

  it.each([40163, 40029])('tells by errcode %i that the first call had arrived', async errcode => {
    const { wechat, client, seen } = await keptBench()
    wechat.once(EXCHANGE, seen(reset), refuse(errcode))
    const error = await exchangeCode(client, 'code-1').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LostGrantError)
    wechat.once(EXCHANGE, refuse(errcode))
    const refusal = await exchangeCode(client, 'code-2').catch((thrown: unknown) => thrown)
    expect(refusal).toMatchObject({ errcode })
    expect(refusal).not.toBeInstanceOf(LostGrantError)
  })

  it('is not repeated, at this host or another, if no fresh connection can be made either', async () => {
    const other = await startScriptedWechat()
    onTestFinished(other.close)
    const { wechat, client } = await keptBench({ otherBaseUrl: other.baseUrl })
    // The server is gone when the fresh connection is tried.
    wechat.once(EXCHANGE, (res, told) => {
      wechat.stopListening()
      return reset(res, told)
    })
    await expect(exchangeCode(client, 'code-1')).rejects.toMatchObject({ code: 'wechat_unreachable' })
    expect(other.count(EXCHANGE)).toBe(0)
    expect(wechat.count(EXCHANGE)).toBe(2)
  })

  it('makes at most 2 connections for 200 exchanges in a row, and none after 50 at once', async () => {
    const { wechat, client, ports } = await keptBench()
    for (let i = 0; i < 200; i++) await exchangeCode(client, `code-${i}`)
    expect(new Set(ports).size).toBeLessThanOrEqual(2)
    for (let round = 0; round < 2; round++) {
      // All 50 are open before the first one is answered, so that each needs a connection.
      const release = wechat.hold(EXCHANGE)
      const exchanges = Array.from({ length: 50 }, (_, i) => exchangeCode(client, `code-${i}`))
      const before = wechat.count(EXCHANGE)
      await vi.waitFor(() => expect(wechat.count(EXCHANGE) - before).toBe(50))
      release()
      await Promise.all(exchanges)
    }
    expect(new Set(ports).size).toBeLessThanOrEqual(50 + 2)
  })
})
