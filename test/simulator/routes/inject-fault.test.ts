import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { accessToken, call, legacyToken, patience, simulate, stableToken } from '../support.ts'

const path = '/cgi-bin/token'

describe('a fault', () => {
  it('meets the next call and no other', async () => {
    const simulator = await simulate()
    simulator.faults.next(path, { errcode: -1 })
    expect((await legacyToken(simulator)).body.errmsg).toMatch(/^system error rid: /)
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
  })

  it('meets as many calls as were said, in the order of their announcement', async () => {
    const simulator = await simulate()
    simulator.faults.next(path, { errcode: 45009 }, 2)
    simulator.faults.next(path, { errcode: 45011, errmsg: 'own words' })
    const errors = [await legacyToken(simulator), await legacyToken(simulator), await legacyToken(simulator)]
    expect(errors.map(({ body }) => body.errcode)).toEqual([45009, 45009, 45011])
    expect(errors[2]?.body.errmsg).toMatch(/^own words rid: /)
  })

  it('meets every call until it is taken away, and only its path', async () => {
    const simulator = await simulate()
    simulator.faults.always(path, { errcode: 50007 })
    for (let count = 0; count < 3; count += 1) expect((await legacyToken(simulator)).body.errcode).toBe(50007)
    expect((await stableToken(simulator)).body.errcode).toBeUndefined()
    simulator.faults.clear()
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
  })

  it('can be a status, a text, JSON, a page, nothing, or a handler', async () => {
    const simulator = await simulate()
    const play = async (fault: Parameters<typeof simulator.faults.next>[1]) => {
      simulator.faults.next(path, fault)
      const { status, headers, text } = await legacyToken(simulator)
      return [status, headers.get('content-type'), text]
    }
    expect(await play({ status: 503, body: 'busy', contentType: 'text/plain' })).toEqual([
      503,
      'text/plain',
      'busy',
    ])
    expect(await play({ text: '{', contentType: 'text/plain' })).toEqual([200, 'text/plain', '{'])
    expect(await play({ json: null })).toEqual([200, 'application/json; encoding=utf-8', 'null'])
    expect(await play({ json: ['x'] })).toEqual([200, 'application/json; encoding=utf-8', '["x"]'])
    expect((await play('html'))[1]).toBe('text/html')
    expect(await play('empty')).toEqual([200, null, ''])
    expect(await play({ handle: (_req, res) => void res.status(418).end('own') })).toEqual([418, null, 'own'])
  })

  it('can cut the connection, before the answer or in it', async () => {
    const simulator = await simulate()
    for (const fault of ['reset', 'cut', 'lost'] as const) {
      simulator.faults.next(path, fault)
      await expect(legacyToken(simulator), fault).rejects.toThrow(/fetch failed|terminated/)
    }
    // Only the lost one had done its work: its token exists.
    expect(simulator.currentAccessTokens).toHaveLength(1)
  })

  it.each(['hang', 'drip'] as const)('that is a %s ends when the simulator closes', async fault => {
    const simulator = await simulate()
    simulator.faults.next(path, fault)
    const { port } = new URL(simulator.url)
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    const closed = once(socket, 'close')
    const received: Buffer[] = []
    socket.on('data', chunk => received.push(chunk))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    if (fault === 'drip') await once(socket, 'data')
    else await expect.poll(() => simulator.history.count(path), patience).toBe(1)
    await simulator.close()
    await closed
    expect(Buffer.concat(received).includes('\r\n0\r\n')).toBe(false)
  })

  it('can come late, alone or before another', async () => {
    const simulator = await simulate()
    simulator.faults.next(path, { delayMs: 5 })
    expect((await legacyToken(simulator)).body.access_token).toBeDefined()
    simulator.faults.next(path, { delayMs: 5, fault: { errcode: -1 } })
    expect((await legacyToken(simulator)).body.errcode).toBe(-1)
  })

  it('needs a path', async () => {
    const { faults } = await simulate()
    expect(() => faults.next('cgi-bin/token', 'reset')).toThrow(/"path"/)
    expect(() => faults.always('cgi-bin/token', 'reset')).toThrow(/"path"/)
  })
})

describe('the history', () => {
  it('counts what was called', async () => {
    const simulator = await simulate()
    await legacyToken(simulator)
    await legacyToken(simulator, { secret: 'sim_wrong' })
    await stableToken(simulator, { force_refresh: true })
    expect(simulator.history.count(path)).toBe(2)
    expect(simulator.history.count(path, entry => entry.errcode === undefined)).toBe(1)
    expect(simulator.history.entries.at(-1)).toMatchObject({
      method: 'POST',
      path: '/cgi-bin/stable_token',
      status: 200,
      parameters: { force_refresh: 'true' },
    })
    simulator.history.clear()
    expect(simulator.history.count(path)).toBe(0)
  })

  it('tells a listener when an answer is done', async () => {
    const simulator = await simulate()
    const heard: unknown[] = []
    const stop = simulator.history.onEntry(entry => heard.push([entry.path, entry.status, entry.fault]))
    simulator.faults.next(path, { status: 500 })
    await legacyToken(simulator)
    await expect.poll(() => heard, patience).toEqual([[path, 500, 'status 500']])
    stop()
    await legacyToken(simulator)
    expect(heard).toHaveLength(1)
  })

  it('holds no secret, token, ticket or code', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    await legacyToken(simulator, { secret: 'a-real-looking-secret' })
    await call(simulator, '/cgi-bin/ticket/getticket', { access_token: token, type: 'jsapi' })
    await call(simulator, '/sns/oauth2/access_token', {
      code: 'the-code',
      refresh_token: 'the-refresh-token',
    })
    await stableToken(simulator, {
      credentials: { secret: 'a-nested-secret' },
      extra: ['a-listed-token'],
    })
    await call(simulator, '/cgi-bin/clear_quota/v2', { appsecret: 'another-secret' }, { method: 'POST' })
    const written = JSON.stringify(simulator.history.entries)
    for (const secret of [simulator.appSecret, 'a-real-looking-secret', token, simulator.currentJsapiTicket])
      expect(written).not.toContain(secret)
    for (const secret of [
      'the-code',
      'the-refresh-token',
      'another-secret',
      'a-nested-secret',
      'a-listed-token',
    ])
      expect(written).not.toContain(secret)
    // Equal tokens stay recognisable as equal.
    await call(simulator, '/cgi-bin/getcallbackip', { access_token: token })
    const prints = simulator.history.entries.map(entry => entry.parameters.access_token).filter(Boolean)
    expect(prints).toHaveLength(2)
    expect(new Set(prints).size).toBe(1)
  })
})
