import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { createClient } from '../../../src/wechat-api/client.ts'
import { openMedia } from '../../../src/wechat-api/media/media.ts'
import { createApiHosts } from '../../../src/wechat-api/network/api-hosts.ts'
import { createWechatNetwork } from '../../../src/wechat-api/network/wechat-network.ts'
import { exchangeCode } from '../../../src/wechat-api/oauth.ts'
import { startBlackHole } from '../../support/black-hole.ts'
import { freePort } from '../../support/listen.ts'
import { json, raw, reset, startScriptedWechat } from '../../support/scripted-wechat.ts'
import { until } from '../../support/until.ts'

const PATH = '/cgi-bin/thing'
const EXCHANGE = '/sns/oauth2/access_token'
const MEDIA = '/cgi-bin/media/get'

async function startWechat(port?: number) {
  const wechat = await startScriptedWechat({ ...(port !== undefined && { port }) })
  wechat.always(PATH, json({ ok: 1 }))
  onTestFinished(wechat.close)
  return wechat
}

function newClient(apiBaseUrl: string[], timeoutMs = 1_000) {
  const account = parseAccount(
    'test',
    { appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-tests', apiBaseUrl, timeoutMs },
    {},
  )
  const clock = { ms: 0 }
  const network = createWechatNetwork(account, { environment: {}, nowMs: () => clock.ms })
  const client = createClient(account, network)
  onTestFinished(() => client.close())
  const call = (isRepeatable = true) =>
    client.call({ endpoint: PATH, secrets: [], answer: z.object({ ok: z.number() }), isRepeatable })
  return { client, clock, call }
}

describe('a list of API hosts', () => {
  it.each([true, false])(
    'whose first one is black-holed serves 40 callers at once (repeatable: %s)',
    async how => {
      const hole = await startBlackHole()
      const second = await startWechat()
      const { call } = newClient([hole.baseUrl, second.baseUrl], 5_000)
      const answers = await Promise.all(Array.from({ length: 40 }, () => call(how)))
      expect(answers).toHaveLength(40)
      expect(second.count(PATH)).toBe(40)
    },
  )

  it('costs the connect timeout of the first one once, not per call', async () => {
    const hole = await startBlackHole()
    const second = await startWechat()
    const { call } = newClient([hole.baseUrl, second.baseUrl])
    await call()
    const connections = hole.connections()
    for (let i = 0; i < 20; i++) await call()
    expect(hole.connections()).toBe(connections)
    expect(second.count(PATH)).toBe(21)
  })

  it('returns to the first one after a probe, which carries no secret, could connect', async () => {
    const port = await freePort()
    const second = await startWechat()
    const { client, clock, call } = newClient([`http://127.0.0.1:${port}`, second.baseUrl])
    await call()
    clock.ms += 9_999
    await call()
    expect(second.count(PATH)).toBe(2)

    const first = await startWechat(port)
    await call()
    expect(first.calls).toEqual([])
    clock.ms += 1
    // This call starts the probe, and does not wait for it.
    await call()
    expect(second.count(PATH)).toBe(4)
    await until('the first host is current', () => client.network.hosts.current().endsWith(`:${port}`))
    await call()
    expect(first.calls.map(({ method, path }) => [method, path])).toEqual([
      ['HEAD', '/'],
      ['GET', PATH],
    ])
    expect(first.calls[0]?.query).toEqual({})
    expect(second.count(PATH)).toBe(4)
  })

  it('stays at the second one while the probe fails', async () => {
    const second = await startWechat()
    const hole = await startBlackHole()
    const { client, clock, call } = newClient([hole.baseUrl, second.baseUrl], 1_000)
    await call()
    const before = hole.connections()
    clock.ms += 10_000
    await call()
    await until('the probe connected', () => hole.connections() > before)
    expect(hole.connections()).toBe(before + 1)
    expect(client.network.hosts.current()).toBe(second.baseUrl)
  })

  it.each([
    ['resets the connection', reset, 'wechat_unreachable'],
    ['answers 503', raw(503, ''), 'wechat_protocol'],
    ['says that it is busy', json({ errcode: -1, errmsg: 'system error' }), 'wechat_refused'],
  ])('does not repeat a code exchange at the second one if the first %s', async (_what, reply, code) => {
    const [first, second] = [await startWechat(), await startWechat()]
    const { client } = newClient([first.baseUrl, second.baseUrl])
    first.always(EXCHANGE, reply)
    await expect(exchangeCode(client, 'a-code')).rejects.toMatchObject({ code })
    expect(first.count(EXCHANGE)).toBe(1)
    expect(second.calls).toEqual([])
  })

  it.each([
    ['resets the connection', reset, 'wechat_unreachable'],
    ['answers 503', raw(503, ''), 'wechat_protocol'],
    ['refuses', json({ errcode: 40013, errmsg: 'invalid appid' }), 'wechat_refused'],
  ])('keeps to the first one if it %s', async (_what, reply, code) => {
    const [first, second] = [await startWechat(), await startWechat()]
    const { call } = newClient([first.baseUrl, second.baseUrl])
    first.always(PATH, reply)
    await expect(call()).rejects.toMatchObject({ code })
    first.always(PATH, json({ ok: 1 }))
    await call()
    expect(second.calls).toEqual([])
  })

  it('tries each host once if none can be reached, then as a single host', async () => {
    const holes = [await startBlackHole(), await startBlackHole()]
    const { call } = newClient(holes.map(hole => hole.baseUrl))
    await expect(call()).rejects.toThrow('cannot reach 127.0.0.1')
    expect(holes.map(hole => hole.connections())).toEqual([2, 1])
  })

  it('is for media too', async () => {
    const second = await startWechat()
    second.always(MEDIA, raw(200, Buffer.from([0xff, 0xd8, 0xff, 0xe0]), { 'content-type': 'image/jpeg' }))
    const { client } = newClient([`http://127.0.0.1:${await freePort()}`, second.baseUrl])
    const bounds = { maxBytes: 1_000, idleTimeoutMs: 1_000, maxDurationMs: 1_000 }
    const media = await openMedia(client, 'a-token', 'a-medium', {
      ...bounds,
      isHighQuality: false,
      videoHosts: [],
    })
    expect(media.contentType).toBe('image/jpeg')
    expect(client.network.hosts.current()).toBe(second.baseUrl)
  })

  it('probes a host that failed after each ten seconds, one probe at a time', async () => {
    let nowMs = 0
    const probes: PromiseWithResolvers<void>[] = []
    const probe = () => {
      const started = Promise.withResolvers<void>()
      probes.push(started)
      return started.promise
    }
    const hosts = createApiHosts({ baseUrls: ['first', 'second'], probe, nowMs: () => nowMs })
    const probesAt = (ms: number) => {
      nowMs = ms
      expect(hosts.current()).toBe('second')
      return probes.length
    }
    expect(hosts.failOver('first')).toBe(true)
    expect([probesAt(9_999), probesAt(10_000), probesAt(60_000)]).toEqual([0, 1, 1])
    probes[0]?.reject(new Error('no connection'))
    await Promise.resolve()
    await Promise.resolve()
    expect([probesAt(69_999), probesAt(70_000)]).toEqual([1, 2])
    probes[1]?.resolve()
    await Promise.resolve()
    expect(hosts.current()).toBe('first')
  })
})
