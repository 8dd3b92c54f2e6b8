import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMemoryTokenStore } from '../../src/tokens/stores/memory-token-store.ts'
import { createTokenManager, type TokenManagerOptions } from '../../src/tokens/token-manager.ts'
import { APP_ID, APP_SECRET } from '../support/token-bench.ts'

const good = { appId: APP_ID, appSecret: APP_SECRET }

function complaint(options: object): string {
  try {
    createTokenManager(options as TokenManagerOptions)
  } catch (error) {
    expect(error).toMatchObject({ name: 'WechatConfigError' })
    return String(error)
  }
  return 'no complaint'
}

afterEach(() => vi.unstubAllEnvs())

describe('createTokenManager', () => {
  it('names the variable that is missing', () => {
    vi.stubEnv('WECHAT_APP_ID', undefined)
    vi.stubEnv('WECHAT_APP_SECRET', undefined)
    expect(complaint({})).toContain('WECHAT_APP_ID')
    expect(complaint({ appId: APP_ID })).toContain('WECHAT_APP_SECRET')
  })

  it('reads the environment, which options beat', () => {
    vi.stubEnv('WECHAT_APP_ID', 'wxfromenvironment')
    vi.stubEnv('WECHAT_APP_SECRET', APP_SECRET)
    expect(createTokenManager().appId).toBe('wxfromenvironment')
    expect(createTokenManager({ appId: APP_ID }).appId).toBe(APP_ID)
  })

  it.each([
    ['appId', { appId: 'gh_0123456789ab' }],
    ['appId', { appId: '' }],
    ['appSecret', { appSecret: 'short' }],
    ['appSecret', { appSecret: 'with a space in it' }],
    ['apiBaseUrl', { apiBaseUrl: 'api.weixin.qq.com' }],
    ['apiBaseUrl', { apiBaseUrl: 'http://api.weixin.qq.com' }],
    ['apiBaseUrl', { apiBaseUrl: 'ftp://127.0.0.1' }],
    ['apiBaseUrl', { apiBaseUrl: 'https://user:pw@proxy.example.com' }],
    ['apiBaseUrl', { apiBaseUrl: 'https://proxy.example.com/?key=1' }],
    ['openBaseUrl', { openBaseUrl: 'javascript:alert(1)' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: '10000' }],
    ['timeoutMs', { timeoutMs: 1e9 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['tokenMode', { tokenMode: 'stabel' }],
    ['store', { store: new Map() }],
    ['store', { store: 'redis://127.0.0.1' }],
    ['environment', { environment: 'a}b' }],
    ['clock', { clock: {} }],
    ['appSecrte', { appSecrte: APP_SECRET }],
  ])('names the option %s that is wrong', (option, wrong) => {
    expect(complaint({ ...good, ...wrong })).toMatch(
      new RegExp(`^WechatConfigError: createTokenManager: "${option}" `),
    )
  })

  it.each([
    ['WECHAT_TIMEOUT_MS', 'soon', 'WECHAT_TIMEOUT_MS'],
    ['WECHAT_TOKEN_MODE', 'stabel', 'WECHAT_TOKEN_MODE'],
    ['WECHAT_API_BASE_URL', 'api.weixin.qq.com', 'apiBaseUrl'],
  ])('complains of %s=%s', (variable, value, named) => {
    vi.stubEnv(variable, value)
    expect(complaint(good)).toContain(named)
  })

  it('never repeats the value of a secret', () => {
    expect(complaint({ ...good, appSecret: 'canary secret' })).not.toContain('canary secret')
    expect(complaint({ ...good, apiBaseUrl: 'https://u:canary@proxy.example.com' })).not.toContain('canary')
  })

  it('says so when it was passed uncalled', () => {
    expect(complaint(new IncomingMessage(new Socket()))).toContain('passed uncalled')
  })

  it.each([
    ['a string', ['wx0123456789abcdef', 'canary-secret']],
    ['a number', [5]],
    ['an array', [['wx0123456789abcdef', 'canary-secret']]],
    ['a function', [() => good]],
  ])('says that it takes one object if it was called with %s', (kind, given) => {
    const call = createTokenManager as (...values: unknown[]) => unknown
    expect(() => call(...given)).toThrow(
      `createTokenManager: the options must be one object, createTokenManager({ … }), got ${kind}`,
    )
    expect(() => call(...given)).not.toThrow('canary-secret')
  })

  it('keeps the simulator out of production, and away from other hosts', () => {
    const simulated = {
      ...good,
      appId: 'wxsim_demo',
      apiBaseUrl: 'http://127.0.0.1:1',
      openBaseUrl: 'http://127.0.0.1:1',
    }
    expect(complaint(simulated)).toBe('no complaint')
    expect(complaint({ ...simulated, apiBaseUrl: 'https://api.weixin.qq.com' })).toContain('simulator')
    vi.stubEnv('NODE_ENV', 'production')
    expect(complaint(simulated)).toContain('production')
  })

  it('warns, in production, of legacy tokens that other processes can not share', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const shared = Object.assign(createMemoryTokenStore(), { isShared: true })

    createTokenManager({ ...good, tokenMode: 'legacy' })
    vi.stubEnv('NODE_ENV', 'production')
    createTokenManager({ ...good, tokenMode: 'legacy', store: shared })
    createTokenManager(good)
    expect(warn).not.toHaveBeenCalled()

    vi.stubEnv('WECHAT_TOKEN_MODE', 'legacy')
    createTokenManager(good)
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('createRedisTokenStore(client)'), {
      type: 'WechatWarning',
      code: 'legacy_store',
    })
  })

  it('takes any https host for an egress proxy, and http on loopback', () => {
    for (const apiBaseUrl of [
      'https://egress.example.com/wechat/',
      'http://localhost:8080',
      'http://[::1]:8080',
    ]) {
      expect(complaint({ ...good, apiBaseUrl })).toBe('no complaint')
    }
  })
})
