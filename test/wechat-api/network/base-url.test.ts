import dns from 'node:dns'
import { get } from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { parseAccount, type WechatAccountOptions } from '../../../src/wechat-api/account.ts'
import { createClient } from '../../../src/wechat-api/client.ts'
import { privateLookup } from '../../../src/wechat-api/network/private-lookup.ts'
import { createWechatNetwork } from '../../../src/wechat-api/network/wechat-network.ts'

const OFFICIAL = ['https://api.weixin.qq.com', 'https://api2.weixin.qq.com']

function parse(options: WechatAccountOptions, environment: NodeJS.ProcessEnv = {}) {
  return parseAccount(
    'test',
    { appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-tests', ...options },
    environment,
  )
}

describe('apiBaseUrl', () => {
  it("is followed by WeChat's second host only if it is the official one alone", () => {
    expect(parse({}).apiBaseUrls).toEqual(OFFICIAL)
    expect(parse({ apiBaseUrl: 'https://api.weixin.qq.com/' }).apiBaseUrls).toEqual(OFFICIAL)
    for (const apiBaseUrl of ['https://egress.example', 'https://api.weixin.qq.com/x', 'http://127.0.0.1:9'])
      expect(parse({ apiBaseUrl }).apiBaseUrls).toEqual([apiBaseUrl])
    const list = ['https://api.weixin.qq.com', 'https://egress.example']
    expect(parse({ apiBaseUrl: list }).apiBaseUrls).toEqual(list)
  })

  it('is a list in the variable if it has commas', () => {
    const WECHAT_API_BASE_URL = 'https://a.example/wx/, https://b.example'
    expect(parse({}, { WECHAT_API_BASE_URL }).apiBaseUrls).toEqual([
      'https://a.example/wx',
      'https://b.example',
    ])
  })

  it.each([
    [[], 'must be a URL, or a list'],
    [['https://a.example', 'nothing'], 'must be a URL such as'],
    [['https://a.example', 'http://b.example'], 'must be https'],
    [['https://a.example', 'https://a.example/'], 'must not name a URL twice'],
  ])('is not %j', (apiBaseUrl, complaint) => {
    expect(() => parse({ apiBaseUrl })).toThrow(`test: "apiBaseUrl" ${complaint}`)
  })

  it.each(['http://10.0.0.5:8080', 'http://192.168.1.2', 'http://[fd00::1]', 'http://egress'])(
    'is %s only with allowInsecureApiBaseUrl',
    apiBaseUrl => {
      expect(() => parse({ apiBaseUrl })).toThrow('allowInsecureApiBaseUrl')
      expect(parse({ apiBaseUrl, allowInsecureApiBaseUrl: true }).apiBaseUrls).toEqual([apiBaseUrl])
    },
  )

  it.each(['http://203.0.113.9', 'http://8.8.8.8', 'http://[2606:4700::1]'])(
    'is never %s, whose address is public',
    apiBaseUrl => {
      expect(() => parse({ apiBaseUrl, allowInsecureApiBaseUrl: true })).toThrow('must be https')
    },
  )

  it('that a simulated account has is at loopback, whatever is allowed', () => {
    const options = {
      appId: 'wxsim0000000000000',
      apiBaseUrl: 'http://10.0.0.5',
      allowInsecureApiBaseUrl: true,
    }
    expect(() => parse(options)).toThrow("must be the simulator's loopback address")
  })
})

describe('a plain http name', () => {
  const resolve = (name: string) => {
    const { promise, resolve: done } = Promise.withResolvers<NodeJS.ErrnoException | null>()
    privateLookup(name, {}, error => done(error))
    return promise
  }

  it('is resolved to private addresses', async () => {
    expect(await resolve('10.1.2.3')).toBeNull()
    expect(await resolve('localhost')).toBeNull()
  })

  it('is not connected to if it leads to a public address', async () => {
    expect(await resolve('8.8.8.8')).toMatchObject({ code: 'PLAIN_HTTP_TO_PUBLIC_ADDRESS' })
  })

  describe('whose DNS entry', () => {
    /** Lets every name lead to these addresses. */
    function resolveTo(...addresses: string[]) {
      const real = dns.lookup
      const lookup = (_name: string, _options: object, callback: (error: null, found: object) => void) =>
        callback(
          null,
          addresses.map(address => ({ address, family: 4 })),
        )
      dns.lookup = lookup as unknown as typeof dns.lookup
      syncBuiltinESMExports()
      onTestFinished(() => {
        dns.lookup = real
        syncBuiltinESMExports()
      })
    }

    it.each([[['203.0.113.9']], [['10.0.0.5', '203.0.113.9']], [['203.0.113.9', '10.0.0.5']]])(
      'has the public address of %j gets no call, and so no secret',
      async addresses => {
        resolveTo(...addresses)
        const client = createClient(
          parse({ apiBaseUrl: 'http://egress.test:8080', allowInsecureApiBaseUrl: true, timeoutMs: 1_000 }),
        )
        onTestFinished(() => client.close())
        const query = { secret: 'canary' }
        const call = { endpoint: '/cgi-bin/token', query, secrets: ['canary'], isRepeatable: false }
        const failure: unknown = await client
          .call({ ...call, answer: z.object({}) })
          .catch((error: unknown) => error)
        expect(failure).toMatchObject({ message: expect.stringContaining('PLAIN_HTTP_TO_PUBLIC_ADDRESS') })
      },
    )

    it('has private addresses alone is connected to', async () => {
      resolveTo('10.0.0.5', '192.168.0.7')
      expect(await resolve('egress.test')).toBeNull()
    })
  })

  it('is connected to by that rule, and https is not', async () => {
    const account = parse({
      apiBaseUrl: ['http://egress:8080', 'https://a.example'],
      allowInsecureApiBaseUrl: true,
    })
    const network = createWechatNetwork(account, { environment: {} })
    onTestFinished(() => network.close())
    const insecure = await network.agentsFor(new URL('http://egress:8080/x'), 'single')
    expect(Reflect.get(insecure.http, 'options')).toMatchObject({ lookup: privateLookup })
    expect(await network.agentsFor(new URL('https://a.example/x'), 'kept')).toBe(network.direct)
  })
})

describe('family', () => {
  it.each([
    [4, 4],
    [undefined, undefined],
  ] as const)('%s asks DNS for family %s', async (family, asked) => {
    const network = createWechatNetwork(parse({ family }), { environment: {} })
    onTestFinished(() => network.close())
    const { promise, resolve } = Promise.withResolvers<number | string | undefined>()
    const lookup: LookupFunction = (_name, options, callback) => {
      resolve(options.family || undefined)
      callback(new Error('no DNS in this test'), '', 0)
    }
    get('https://api.weixin.qq.com', { agent: network.direct.https, lookup }).on('error', () => {})
    expect(await promise).toBe(asked)
  })

  it('is 4 or left out', () => {
    expect(() => parse({ family: 6 as 4 })).toThrow('test: "family" must be 4')
  })
})
