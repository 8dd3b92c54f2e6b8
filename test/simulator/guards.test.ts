import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { inspect } from 'node:util'
import { createSimulatorApp, startSimulator } from 'express-wechat/simulator'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { assertNotProduction } from '../../src/simulator/guards.ts'
import { accessToken, call, exchange, legacyToken, post, simulate, stableToken } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('a simulator refuses to stand in production', () => {
  it('under NODE_ENV=production, started or mounted', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect(startSimulator()).rejects.toThrow(/NODE_ENV=production/)
    expect(() => createSimulatorApp()).toThrow(/NODE_ENV=production/)
  })

  const cases: [Record<string, string>, boolean, boolean][] = [
    [{ WECHAT_APP_ID: 'wx0123456789abcdef' }, true, true],
    [{ WECHAT_APPID: 'wx0123456789abcdef' }, true, true],
    [{ WECHAT_APP_ID: 'wx0123456789abcdef', NODE_ENV: 'development' }, true, false],
    [{ WECHAT_APP_ID: 'wx0123456789abcdef' }, false, false],
    [{ WECHAT_APP_ID: 'wxsim1' }, true, false],
    [{}, true, false],
    [{ NODE_ENV: 'production', WECHAT_APP_ID: 'wxsim1' }, false, true],
    [{ NODE_ENV: 'Production' }, false, true],
    [{ NODE_ENV: 'PRODUCTION ' }, false, true],
  ]

  it.each(cases)('with %j, in a container: %s, refuses: %s', (env, isContainer, refuses) => {
    const check = () => assertNotProduction({ env, isContainer })
    if (refuses) expect(check).toThrow(/^simulator: refuses to run/)
    else expect(check).not.toThrow()
  })
})

describe('a simulator stays on this machine', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('refuses the host %s', async host => {
    await expect(startSimulator({ host })).rejects.toThrow(/"host" must be loopback/)
  })

  it('listens elsewhere where that is wanted', async () => {
    const simulator = await simulate({ host: '0.0.0.0', allowInsecureHost: true })
    expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect((await call(simulator, '/')).status).toBe(200)
  })

  it.each([
    '/',
    '/simulator/jweixin.js',
    '/simulator/files/dashboard.js',
    '/cgi-bin/token',
    '/connect/oauth2/authorize',
    '/mmopen/lin-xiaoyu/0',
    '/nothing',
  ])('answers %s under no foreign host name', async path => {
    const simulator = await simulate()
    expect(await statusUnder(simulator.url + path, 'evil.test')).toBe(403)
    expect(await statusUnder(simulator.url + path, 'localhost:1')).not.toBe(403)
    expect(simulator.history.entries.length).toBeLessThanOrEqual(1)
  })

  it('leaves the API open to containers, which call it by a service name, if that is allowed', async () => {
    const simulator = await simulate({ allowInsecureHost: true })
    expect(await statusUnder(`${simulator.url}/cgi-bin/token`, 'wechat:3999')).toBe(200)
    expect(await statusUnder(`${simulator.url}/`, 'wechat:3999')).toBe(403)
  })

  it('listens on 127.0.0.1, and frees the port when it closes', async () => {
    const simulator = await simulate()
    const { hostname, port } = new URL(simulator.url)
    expect(hostname).toBe('127.0.0.1')
    await simulator.close()
    const again = await simulate({ port: Number(port) })
    expect(again.url).toBe(simulator.url)
    await expect(startSimulator({ port: Number(port) })).rejects.toThrow(/EADDRINUSE/)
  })
})

describe('a real account has no place here', () => {
  it('as an app id or a secret in the options, neither of which is repeated', async () => {
    const secret = '0123456789abcdef0123456789abcdef'
    for (const options of [{ appSecret: secret }, { appId: secret }, { appId: 'wx0123456789abcdef' }]) {
      const error: unknown = await startSimulator(options).catch(reason => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(inspect(error)).not.toContain('0123456789abcdef')
    }
  })

  it('as a secret in a call: 400, with a hint, wherever it is sent', async () => {
    const simulator = await simulate()
    const real = '0123456789abcdef0123456789abcdef'
    const answers = [
      await legacyToken(simulator, { secret: real, appid: 'wx0123456789abcdef' }),
      await stableToken(simulator, { secret: real }),
      await exchange(simulator, 'code', { secret: real }),
      await post(simulator, '/cgi-bin/clear_quota/v2', { appid: simulator.appId, appsecret: real }),
    ]
    for (const { status, text, body } of answers) {
      expect([status, body.errcode]).toEqual([400, 40125])
      expect(body.errmsg).toContain('real secret')
      expect(text).not.toContain(real)
    }
    expect(JSON.stringify(simulator.history.entries)).not.toContain(real)
  })

  it.each([
    [{ port: -1 }, '"port"'],
    [{ refusal: 'sometimes' }, 'refusal'],
    [{ refusals: 'state-only' }, 'refusals'],
  ])('%j is no option', async (options, name) => {
    await expect(startSimulator(Object(options))).rejects.toThrow(name)
  })

  it('takes an option that is there but undefined for one that was left out', async () => {
    const simulator = await simulate(Object({ ipWhitelist: undefined, appId: undefined }))
    expect(await accessToken(simulator)).toMatch(/^90_wxsim_/)
  })
})

describe('every answer', () => {
  it('says that it comes from a simulator', async () => {
    const simulator = await simulate()
    simulator.faults.next('/cgi-bin/token', 'html')
    for (const path of ['/', '/nothing', '/cgi-bin/token', '/simulator/state', '/connect/oauth2/authorize']) {
      const { headers } = await call(simulator, path)
      expect(headers.get('x-wechat-simulator'), path).toBe('1')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('etag')).toBeNull()
    }
  })
})

describe('the environment of a running simulator', () => {
  it('is all that an app needs', async () => {
    const { env, url, appId, appSecret } = await simulate({ appId: 'wxsim1', appSecret: 'sim_1' })
    expect([appId, appSecret]).toEqual(['wxsim1', 'sim_1'])
    expect(env).toEqual({
      WECHAT_APP_ID: 'wxsim1',
      WECHAT_APP_SECRET: 'sim_1',
      WECHAT_API_BASE_URL: url,
      WECHAT_OPEN_BASE_URL: url,
    })
  })
})

describe('the source', () => {
  it('imports nothing from the library that it tests', () => {
    const folder = new URL('../../src/simulator/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      file => file.endsWith('.ts') && !/^(?:bridge|dashboard)\//.test(file),
    )
    expect(files.length).toBeGreaterThan(30)
    for (const file of files) {
      const depth = file.split('/').length - 1
      const imports = readFileSync(new URL(file, folder), 'utf8').matchAll(/from '(\.[^']*)'/g)
      for (const [, path = ''] of imports) {
        expect(path.split('../').length - 1, `${file} imports ${path}`).toBeLessThanOrEqual(depth)
      }
    }
  })
})

/** fetch() would set its own Host. */
function statusUnder(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', reject).end()
  })
}
