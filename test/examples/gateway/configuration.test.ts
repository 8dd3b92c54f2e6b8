import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigurationError, readConfiguration } from '../../../examples/gateway/configuration.ts'
import { runProgram } from './support/child.ts'
import { sessionSecret } from './support/gateway-process.ts'

const good = {
  WECHAT_APP_ID: 'wx0123456789abcdef',
  WECHAT_APP_SECRET: 'a-secret-of-the-account',
  SESSION_SECRET: sessionSecret,
}
const keyA = 'aaaa1111bbbb2222cccc3333dddd4444'
const keyB = 'eeee5555ffff6666gggg7777hhhh8888'

const variableNames =
  readFileSync('examples/gateway/README.md', 'utf8').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []

/** What a gateway has that takes its tokens from another one. */
const secretless = {
  WECHAT_APP_SECRET: '',
  SESSION_SECRET: '',
  WECHAT_TOKEN_SOURCE_URL: 'https://m.example.com/wechat',
  WECHAT_TOKEN_SOURCE_KEY: keyA,
}

function complaintOf(changes: Record<string, string>): string {
  try {
    readConfiguration({ ...good, ...changes })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return ''
}

describe('a bad variable is named, and its value is not shown', () => {
  it.each<[name: string, value: string, others?: Record<string, string>]>([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['HOST', 'all of them'],
    ['METRICS_PORT', '3000'],
    ['METRICS_PORT', '9090', { PORT: '9090' }],
    ['LOG_LEVEL', 'chatty'],
    ['WECHAT_APP_ID', ''],
    ['WECHAT_APP_ID', 'my-account'],
    ['WECHAT_APP_ID', 'wxsim0123', { NODE_ENV: 'production' }],
    ['WECHAT_APP_SECRET', ''],
    ['WECHAT_APP_SECRET', 'with spaces in it'],
    ['WECHAT_APP_SECRET', '"a-secret-in-quotes-of-docker"'],
    ['WECHAT_PUBLIC_URL', 'm.example.com'],
    ['WECHAT_PUBLIC_URL', 'ftp://m.example.com'],
    ['WECHAT_PUBLIC_URL', 'https://m.example.com/wechat?x=1'],
    ['WECHAT_PUBLIC_URL', 'http://m.example.com/wechat', { NODE_ENV: 'production' }],
    ['WECHAT_ALLOWED_ORIGINS', '*'],
    ['WECHAT_ALLOWED_ORIGINS', 'https://*.example.com'],
    ['WECHAT_ALLOWED_ORIGINS', 'https://m.example.com,h5.example.com'],
    ['WECHAT_ALLOWED_ORIGINS', 'https://m.example.com/page'],
    ['WECHAT_ALLOWED_ORIGINS', 'null'],
    ['WECHAT_SCOPE', 'snsapi_all'],
    ['WECHAT_TOKEN_MODE', 'fast'],
    ['REDIS_URL', '', { NODE_ENV: 'production', WECHAT_TOKEN_MODE: 'legacy' }],
    ['WECHAT_API_BASE_URL', 'http://proxy.example.com'],
    ['WECHAT_OPEN_BASE_URL', 'open.weixin.qq.com'],
    ['WECHAT_API_BASE_URL', 'https://api.weixin.qq.com', { WECHAT_APP_ID: 'wxsim1' }],
    ['WECHAT_API_BASE_URL', 'http://127.0.0.1:9,https://api.weixin.qq.com', { WECHAT_APP_ID: 'wxsim1' }],
    ['WECHAT_API_BASE_URL', '', { WECHAT_APP_ID: 'wxsim1' }],
    ['WECHAT_OPEN_BASE_URL', '', { WECHAT_APP_ID: 'wxsim1' }],
    ['WECHAT_API_BASE_URL', 'https://api.weixin.qq.com,http://proxy.example.com'],
    ['WECHAT_API_BASE_URL', ','],
    ['WECHAT_PROXY_URL', 'ftp://user:pass-of-proxy@proxy.example.com'],
    ['WECHAT_PROXY_URL', 'http://user:pass-of-proxy@proxy.example.com/path'],
    ['WECHAT_PROXY_URL', 'http://user:pass-of-proxy@proxy.example.com?path'],
    ['WECHAT_PROXY_URL', 'socks4h://user:pass-of-proxy@proxy.example.com'],
    ['WECHAT_PROXY_URL', 'socks5h:///'],
    ['WECHAT_API_BASE_URL', 'http://10.0.0.5', { WECHAT_ALLOW_INSECURE_API_BASE_URL: 'false' }],
    ['WECHAT_ALLOW_INSECURE_API_BASE_URL', 'yes'],
    ['WECHAT_FAMILY', '6'],
    ['WECHAT_TOKEN_SOURCE_URL', '', { WECHAT_TOKEN_SOURCE_KEY: keyA }],
    ['WECHAT_TOKEN_SOURCE_URL', 'http://m.example.com/wechat', { WECHAT_TOKEN_SOURCE_KEY: keyA }],
    ['WECHAT_TOKEN_SOURCE_KEY', '', { WECHAT_TOKEN_SOURCE_URL: 'https://m.example.com/wechat' }],
    ['WECHAT_TOKEN_SOURCE_KEY', 'short', { WECHAT_TOKEN_SOURCE_URL: 'https://m.example.com/wechat' }],
    ['WECHAT_API_ALLOW', 'shop=/cgi-bin/tags/get', { WECHAT_SERVICE_KEYS: `billing=${keyA}` }],
    ['WECHAT_API_ALLOW', 'shop=/cgi-bin/*', { WECHAT_SERVICE_KEYS: `shop=${keyA}` }],
    ['WECHAT_API_ALLOW', 'shop=', { WECHAT_SERVICE_KEYS: `shop=${keyA}` }],
    ['WECHAT_API_ALLOW', 'a=/cgi-bin/a,a=/cgi-bin/b', { WECHAT_SERVICE_KEYS: `a=${keyA}` }],
    ['WECHAT_SERVICE_KEYS', '', { WECHAT_API_ALLOW: 'shop=/cgi-bin/tags/get' }],
    ['MEDIA_ACCESS', 'login', secretless],
    ['REDIS_KEY_PREFIX', '{shop}:'],
    ['REDIS_KEY_PREFIX', 'x'.repeat(65)],
    ['WECHAT_TIMEOUT_MS', '10s'],
    ['WECHAT_TIMEOUT_MS', '5'],
    ['SESSION_SECRET', ''],
    ['SESSION_SECRET', 'd1f0c2e4b3a5968778695a4b3c2d1e0'],
    ['SESSION_SECRET', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
    ['SESSION_SECRET', 'change-me-please-0123456789abcdef'],
    ['SESSION_SECRET', `${sessionSecret},too-short`],
    ['SESSION_NAME', 'two words'],
    ['SESSION_NAME', '__Host-wechat'],
    ['SESSION_COOKIE_DOMAIN', 'com'],
    ['SESSION_COOKIE_DOMAIN', 'https://example.com'],
    [
      'SESSION_COOKIE_DOMAIN',
      'example.com',
      { SESSION_NAME: '__Host-wechat', WECHAT_PUBLIC_URL: 'https://m.example.com/wechat' },
    ],
    ['SESSION_TTL', 'a week'],
    ['SESSION_TTL', '5'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'http://127.0.0.1:6379'],
    ['REDIS_URL', 'redis+sentinel://a:26379,b:26379'],
    ['REDIS_URL', 'redis://a:6379,rediss://b:6379'],
    ['REDIS_URL', 'redis://a:99999'],
    ['REDIS_URL', 'redis://:a%zz@b:6379,redis://c:6379'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'nginx'],
    ['TRUST_PROXY', '10.0.0.0/8,999.0.0.1'],
    ['RATE_LIMIT', '-1'],
    ['WECHAT_SERVICE_KEYS', 'billing=short'],
    ['WECHAT_SERVICE_KEYS', `a=${keyA},a=${keyB}`],
    ['WECHAT_SERVICE_KEYS', `a=${keyA},b=${keyA}`],
    ['WECHAT_SERVICE_KEYS', [1, 2, 3, 4, 5].map(n => `k${n}=${keyA}${n}`).join(',')],
    ['WECHAT_SERVICE_KEYS', '', { MEDIA_ACCESS: 'key' }],
    ['MEDIA_ACCESS', 'everybody'],
    ['WECHAT_DEFAULT_RETURN', 'index.html'],
    ['WECHAT_DEFAULT_RETURN', '//evil.example.com'],
    [
      'WECHAT_DEFAULT_RETURN',
      'https://evil.example.com/',
      { WECHAT_PUBLIC_URL: 'https://m.example.com/wechat' },
    ],
  ])('%s=%s', (name, value, others = {}) => {
    const complaint = complaintOf({ ...others, [name]: value })
    const lines = complaint.split('\n').slice(1)
    expect(lines.filter(line => line.startsWith(`  ${name} `))).toHaveLength(1)
    if (/SECRET|KEYS|REDIS|PROXY/.test(name) && value !== '') expect(complaint).not.toContain(value)
    expect(complaint).not.toContain(good.WECHAT_APP_SECRET)
    expect(complaint).not.toContain(keyA)
  })

  it.each([
    ['WECHAT_PUBLIC_URL', 'm.example.com', 'such as https://m.example.com/wechat'],
    ['WECHAT_APP_ID', '"wx0123456789abcdef"', 'without quotes around it'],
    ['WECHAT_APP_SECRET', "'a-secret-in-quotes'", 'without quotes around them'],
  ])('%s=%s says how it should look: %s', (name, value, form) => {
    expect(complaintOf({ [name]: value })).toContain(form)
  })

  it.each([
    [
      'a HOST that is no address',
      { HOST: 'no-such-host.invalid' },
      /^HOST must be an address of this machine: /,
    ],
    [
      'the address of the callback',
      { WECHAT_PUBLIC_URL: 'https://m.example.com/wechat/auth/code' },
      /leave out "\/auth\/code"/,
    ],
  ])('%s ends the program with one line, without a stack trace', async (_name, changes, line) => {
    const child = runProgram('examples/gateway/server.ts', { ...good, PORT: '0', ...changes })
    expect(await child.ended).toEqual({ exitCode: 1, signal: null })
    expect(child.stderr).toMatch(line)
    expect(child.stderr).not.toMatch(/^ +at /m)
  })

  it('together with all others, in one message', () => {
    const complaint = complaintOf({ PORT: 'x', SESSION_SECRET: 'short', REDIS_URL: 'x', MEDIA_ACCESS: 'x' })
    expect(
      complaint
        .split('\n')
        .slice(1)
        .map(line => line.trim().split(' ')[0]),
    ).toEqual(['MEDIA_ACCESS', 'PORT', 'REDIS_URL', 'SESSION_SECRET'])
  })

  it('together with the rules between variables, of which none is broken by a faulty one', () => {
    const complaint = complaintOf({
      PORT: 'x',
      WECHAT_APP_SECRET: '',
      SESSION_SECRET: '',
      LOG_LEVEL: 'chatty',
      MEDIA_ACCESS: 'key',
    })
    const names = complaint.match(/^ {2}\w+/gm)?.map(name => name.trim())
    expect(names).toEqual(['PORT', 'LOG_LEVEL', 'WECHAT_APP_SECRET', 'WECHAT_SERVICE_KEYS', 'SESSION_SECRET'])
    const faultySource = complaintOf({ ...secretless, WECHAT_TOKEN_SOURCE_URL: 'x' })
    expect(faultySource.match(/^ {2}\w+/gm)).toEqual(['  WECHAT_TOKEN_SOURCE_URL'])
  })

  it('of any text: nothing but the one error, and no value in it', () => {
    const name = fc.constantFrom(...variableNames)
    const word = fc.constantFrom('http://', 'redis://', '@', ':', ',', '/', '=', '%zz', '[', 'key', '4', ' ')
    const text = fc.oneof(
      fc.string(),
      fc.array(word).map(words => words.join('')),
    )
    fc.assert(
      fc.property(fc.dictionary(name, text), values => {
        const marked = Object.entries(values).map(([key, value]) => [key, `${value}Q9zX`])
        expect(complaintOf(Object.fromEntries(marked))).not.toContain('Q9zX')
      }),
    )
  })

  it('on standard error, with exit code 1 and nothing else, when the program starts', async () => {
    const { WECHAT_APP_ID, WECHAT_APP_SECRET } = good
    const child = runProgram('examples/gateway/server.ts', {
      WECHAT_APP_ID,
      WECHAT_APP_SECRET,
      SESSION_SECRET: 'of-my-dog',
      PORT: 'eighty',
    })
    expect(await child.ended).toEqual({ exitCode: 1, signal: null })
    expect(child.stdout).toBe('')
    expect(child.stderr).toMatch(
      /^The gateway cannot start[^\n]*\n {2}PORT must [^\n]*\n {2}SESSION_SECRET must [^\n]*\n$/,
    )
    expect(child.stderr).not.toMatch(/of-my-dog|a-secret|eighty/)
  })
})

describe('the name of the session cookie', () => {
  const nameOf = (more: object) => readConfiguration({ ...good, ...more }).session.name
  const WECHAT_PUBLIC_URL = 'https://m.example.com/wechat'

  it('has the prefix __Host- over https without a cookie domain, which no sibling host can set', () => {
    expect(nameOf({ WECHAT_PUBLIC_URL })).toBe('__Host-wechat.sid')
  })

  it('has no prefix over http, with a cookie domain, or if another name is set', () => {
    expect(nameOf({ WECHAT_PUBLIC_URL: 'http://127.0.0.1:3000/wechat' })).toBe('wechat.sid')
    expect(nameOf({ WECHAT_PUBLIC_URL, SESSION_COOKIE_DOMAIN: 'example.com' })).toBe('wechat.sid')
    expect(nameOf({ WECHAT_PUBLIC_URL, SESSION_NAME: 'my.sid' })).toBe('my.sid')
  })
})

describe('a good environment', () => {
  it('needs three variables, and fills in the rest', () => {
    expect(readConfiguration({ ...good, WECHAT_PUBLIC_URL: '', METRICS_PORT: '' })).toEqual({
      host: '127.0.0.1',
      port: 3000,
      metricsPort: undefined,
      logLevel: 'info',
      isProduction: false,
      trustProxy: false,
      rateLimit: 600,
      redis: undefined,
      redisKeyPrefix: '',
      session: {
        name: 'wechat.sid',
        secrets: [sessionSecret],
        cookieDomain: undefined,
        ttlSeconds: 604_800,
        isSecure: false,
      },
      wechat: {
        appId: good.WECHAT_APP_ID,
        appSecret: good.WECHAT_APP_SECRET,
        tokenSource: undefined,
        apiBaseUrl: undefined,
        allowInsecureApiBaseUrl: false,
        proxyUrl: undefined,
        family: undefined,
        openBaseUrl: undefined,
        timeoutMs: undefined,
        tokenMode: 'stable',
        scope: 'snsapi_base',
        publicUrl: undefined,
        allowedOrigins: [],
        defaultReturnUrl: '/',
        serviceKeys: undefined,
        apiAllow: undefined,
        mediaAccess: 'open',
      },
    })
  })

  it('may go without Redis in legacy mode, but for production', () => {
    const legacy = { ...good, WECHAT_TOKEN_MODE: 'legacy' }
    expect(readConfiguration(legacy).redis).toBeUndefined()
    expect(
      readConfiguration({ ...legacy, NODE_ENV: 'production', REDIS_URL: 'redis://127.0.0.1' }).wechat,
    ).toMatchObject({ tokenMode: 'legacy' })
  })

  it.each<[string, object]>([
    ['redis://127.0.0.1:6379/2', { kind: 'single', url: 'redis://127.0.0.1:6379/2' }],
    ['rediss://u:p@cache.example.com', { kind: 'single', url: 'rediss://u:p@cache.example.com' }],
    [
      'redis+cluster://u:p%40@a:7001,b',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 6379 },
        ],
        access: { isTls: false, username: 'u', password: 'p@' },
      },
    ],
    [
      'rediss://:p@a:7001,rediss://:p@b:7002',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 7002 },
        ],
        access: { isTls: true, password: 'p' },
      },
    ],
    [
      'redis+sentinel://a,[::1]:26380/mymaster/3',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: '::1', port: 26380 },
        ],
        access: { isTls: false },
        name: 'mymaster',
        database: 3,
      },
    ],
  ])('knows where Redis is: %s', (url, address) => {
    expect(readConfiguration({ ...good, REDIS_URL: url }).redis).toEqual(address)
  })

  it.each<[string, number | string[] | false]>([
    ['0', false],
    ['1', 1],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
    ['::1', ['::1']],
  ])('knows which proxies to trust: %s', (text, value) => {
    expect(readConfiguration({ ...good, TRUST_PROXY: text }).trustProxy).toEqual(value)
  })

  it('needs neither app secret nor session secret if another gateway gives the tokens', () => {
    const { wechat, session } = readConfiguration({ ...good, ...secretless })
    expect([wechat.appSecret, session.secrets]).toEqual([undefined, []])
    expect(wechat.tokenSource).toEqual({ url: 'https://m.example.com/wechat', serviceKey: keyA })
    const legacy = { NODE_ENV: 'production', WECHAT_TOKEN_MODE: 'legacy' }
    expect(complaintOf({ ...secretless, ...legacy })).toBe('')
  })

  it('may keep the app secret beside a token source, for logins', () => {
    const { WECHAT_TOKEN_SOURCE_URL, WECHAT_TOKEN_SOURCE_KEY } = secretless
    const { wechat } = readConfiguration({ ...good, WECHAT_TOKEN_SOURCE_URL, WECHAT_TOKEN_SOURCE_KEY })
    expect(wechat).toMatchObject({ appSecret: good.WECHAT_APP_SECRET, tokenSource: { serviceKey: keyA } })
    expect(complaintOf({ WECHAT_TOKEN_SOURCE_URL, WECHAT_TOKEN_SOURCE_KEY, SESSION_SECRET: '' })).toContain(
      'SESSION_SECRET must be set',
    )
  })

  it('knows what back ends may call, and how WeChat is reached', () => {
    const { wechat } = readConfiguration({
      ...good,
      WECHAT_SERVICE_KEYS: `shop=${keyA},news=${keyB}`,
      WECHAT_API_ALLOW: 'shop=/cgi-bin/tags/get  /cgi-bin/message/custom/send, news:/cgi-bin/user/info',
      WECHAT_API_BASE_URL: 'http://10.0.0.5:8080,http://10.0.0.6:8080',
      WECHAT_ALLOW_INSECURE_API_BASE_URL: 'true',
      WECHAT_FAMILY: '4',
    })
    expect(wechat).toMatchObject({
      apiAllow: {
        shop: ['/cgi-bin/tags/get', '/cgi-bin/message/custom/send'],
        news: ['/cgi-bin/user/info'],
      },
      apiBaseUrl: ['http://10.0.0.5:8080/', 'http://10.0.0.6:8080/'],
      allowInsecureApiBaseUrl: true,
      family: 4,
    })
  })

  it('takes several secrets and keys, so that they can be changed without a gap', () => {
    const { session, wechat } = readConfiguration({
      ...good,
      SESSION_SECRET: `${keyA}, ${keyB}`,
      WECHAT_SERVICE_KEYS: `billing=${keyA},reports:${keyB},${keyA}${keyB}==`,
    })
    expect(session.secrets).toEqual([keyA, keyB])
    expect(wechat.serviceKeys).toEqual({ billing: keyA, reports: keyB, key3: `${keyA}${keyB}==` })
  })
})
