import {
  createMemoryTokenStore,
  createTokenManager,
  type TokenStore,
  WechatRequestError,
} from 'express-wechat'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { endOutcome, exchangeOnce, isOutcomeEnded } from '../../../src/login/oauth/code-exchange.ts'
import { getContext } from '../../../src/tokens/context.ts'
import { LostGrantError } from '../../../src/wechat-api/oauth.ts'
import { type Listening, listen } from '../../support/listen.ts'

const PERSON = {
  access_token: 'person-token',
  expires_in: 7200,
  refresh_token: 'refresh-token',
  openid: 'osim_0123456789abcdefghijklm',
  scope: 'snsapi_userinfo',
}
const GRANT = {
  openid: PERSON.openid,
  scope: 'snsapi_userinfo',
  isSnapshotUser: false,
  accessToken: 'person-token',
  refreshToken: 'refresh-token',
  expiresInSeconds: 7200,
}

let wechat: Listening
let answer: object = PERSON
const codes: (string | null)[] = []

beforeAll(async () => {
  wechat = await listen((req, res) => {
    codes.push(new URL(req.url ?? '', wechat.origin).searchParams.get('code'))
    res.setHeader('X-WeChat-Simulator', '1')
    res.end(JSON.stringify(answer))
  })
})
afterAll(() => wechat.close())
afterEach(() => {
  answer = PERSON
  codes.length = 0
})

/** An account whose store notes its calls; time passes only while somebody sleeps. */
function setUp(change: Partial<TokenStore> = {}) {
  const memory = createMemoryTokenStore()
  const puts: { key: string; value: string; ttlMs: number }[] = []
  const claims: { key: string; ttlMs: number }[] = []
  const store: TokenStore = Object.assign(Object.create(memory) as TokenStore, {
    claim: (key: string, ttlMs: number) => {
      claims.push({ key, ttlMs })
      return memory.claim(key, ttlMs)
    },
    put: (key: string, value: string, ttlMs: number) => {
      puts.push({ key, value, ttlMs })
      return memory.put(key, value, ttlMs)
    },
    get: (key: string) => memory.get(key),
    ...change,
  })
  const sleeps: number[] = []
  // A clock that began long before: only differences count.
  let nowMs = 70_000
  const manager = createTokenManager({
    appId: 'wxsim0000000000000',
    appSecret: 'sim_0123456789abcdef0123456789ab',
    apiBaseUrl: wechat.origin,
    openBaseUrl: wechat.origin,
    timeoutMs: 5_000,
    store,
    clock: {
      wallMs: () => 1_800_000_000_000 + nowMs,
      monotonicMs: () => nowMs,
      sleep: async ms => {
        sleeps.push(ms)
        nowMs += ms
      },
    },
  })
  const context = getContext(manager)
  const exchange = (code = 'the-code', scope = 'snsapi_userinfo') =>
    exchangeOnce(context, { id: 'the-login', scope }, code).then(exchanged => exchanged?.grant)
  return {
    manager,
    context,
    exchange,
    puts,
    claims,
    sleeps,
    memory,
    key: `${context.keyPrefix}:login:the-login`,
  }
}

const fail = async (): Promise<never> => {
  throw new Error('redis://:a-password@host is away')
}

describe('the exchange of a code', () => {
  it('happens once, for the callback that claims the login', async () => {
    const { exchange, claims, key } = setUp()
    expect(await exchange()).toEqual(GRANT)
    expect(await exchange('another-code')).toEqual(GRANT)
    expect(codes).toEqual(['the-code'])
    expect(claims).toEqual([
      { key, ttlMs: 660_000 },
      { key, ttlMs: 660_000 },
    ])
  })

  it('keeps its outcome for a minute, after a sign that it has begun', async () => {
    const { exchange, puts, key } = setUp()
    await exchange()
    expect(puts.map(({ key, ttlMs }) => [key, ttlMs])).toEqual([
      [`${key}:outcome`, 60_000],
      [`${key}:outcome`, 60_000],
    ])
    expect(puts.map(({ value }) => JSON.parse(value))).toEqual([
      {},
      { grant: GRANT, accepted: { values: {} } },
    ])
  })

  it('keeps nothing of the tokens of a silent login', async () => {
    answer = { ...PERSON, scope: 'snsapi_base', unionid: 'u_0123456789' }
    const { exchange, puts } = setUp()
    expect(await exchange('the-code', 'snsapi_base')).toMatchObject({ accessToken: 'person-token' })
    expect(puts.at(-1)?.value).not.toMatch(/person-token|refresh-token/)
    expect(await exchange()).toEqual({
      ...GRANT,
      scope: 'snsapi_base',
      unionid: 'u_0123456789',
      accessToken: '',
      refreshToken: '',
    })
  })

  it('takes the scope that was asked for if WeChat leaves it out', async () => {
    answer = { ...PERSON, scope: undefined }
    const { exchange } = setUp()
    expect(await exchange('the-code', 'snsapi_base')).toMatchObject({ scope: 'snsapi_base' })
    expect(await exchange('the-code', 'other')).toMatchObject({ scope: 'snsapi_base' })
  })

  it('fails alike for each callback, without the error itself in the store', async () => {
    answer = { errcode: 40029, errmsg: 'invalid code' }
    const { exchange, puts } = setUp()
    await expect(exchange()).rejects.toMatchObject({ errcode: 40029 })
    await expect(exchange()).rejects.toMatchObject({ errcode: 40029, retryAfterSeconds: 1 })
    expect(codes).toHaveLength(1)
    expect(JSON.parse(puts.at(-1)?.value ?? '')).toEqual({
      failure: 'errcode 40029 /sns/oauth2/access_token',
    })
  })
})

describe('a second callback', () => {
  it('gives up after a second if the first one left no sign', async () => {
    const { exchange, sleeps } = setUp({ claim: async () => false })
    expect(await exchange()).toBeUndefined()
    expect(new Set(sleeps)).toEqual(new Set([50]))
    expect(sleeps).toHaveLength(21)
    expect(codes).toEqual([])
  })

  it("waits for a call's time and one second if the first one has begun", async () => {
    const { exchange, sleeps, memory, key } = setUp({ claim: async () => false })
    await memory.put(`${key}:outcome`, '{}', 1_000_000)
    expect(await exchange()).toBeUndefined()
    expect(sleeps).toHaveLength(121)
  })

  it('gets the outcome as soon as it is there', async () => {
    let reads = 0
    const { exchange, sleeps } = setUp({
      claim: async () => false,
      get: async () => (++reads < 3 ? undefined : JSON.stringify({ grant: GRANT })),
    })
    expect(await exchange()).toEqual(GRANT)
    expect(sleeps).toHaveLength(2)
  })

  it.each([
    'no JSON',
    'null',
    '[]',
    '{"grant":{}}',
    '{"grant":{"openid":1}}',
    '{"failure":1}',
    '{"isEnded":1}',
  ])('begins the login again if the outcome is %s', async text => {
    const { exchange, sleeps } = setUp({ claim: async () => false, get: async () => text })
    expect(await exchange()).toBeUndefined()
    expect(sleeps).toEqual([])
  })

  it('begins the login again after a logout, and exchanges no code', async () => {
    const { context, exchange, puts, sleeps, key } = setUp()
    await exchange()
    await endOutcome(context, 'the-login')
    expect(puts.at(-1)).toEqual({ key: `${key}:outcome`, value: '{"isEnded":true}', ttlMs: 60_000 })
    expect(await exchange()).toBeUndefined()
    expect(sleeps).toEqual([])
    expect(codes).toHaveLength(1)
  })
})

describe('the end of a login', () => {
  it('is kept for its own login alone', async () => {
    const { context, exchange } = setUp()
    await exchange()
    expect(await isOutcomeEnded(context, 'the-login')).toBe(false)
    await endOutcome(context, 'the-login')
    expect(await isOutcomeEnded(context, 'the-login')).toBe(true)
    expect(await isOutcomeEnded(context, 'another-login')).toBe(false)
  })

  it('is not told by a store that fails', async () => {
    const { context } = setUp({ get: fail })
    expect(await isOutcomeEnded(context, 'the-login')).toBe(false)
  })
})

describe('the acceptance of a login', () => {
  const login = { id: 'the-login', scope: 'snsapi_userinfo' }

  it('adds the same values for each callback, and tells the first from the others', async () => {
    const { context } = setUp()
    const step = { accept: () => ({ values: { memberId: 7 } }), timeoutMs: 0 }
    const exchanged = { grant: GRANT, values: { memberId: 7 } }
    expect(await exchangeOnce(context, login, 'the-code', step)).toEqual({ ...exchanged, isRepeat: false })
    expect(await exchangeOnce(context, login, 'the-code', step)).toEqual({ ...exchanged, isRepeat: true })
  })

  it('refuses each callback alike', async () => {
    const { context } = setUp()
    const refusal = { code: 'not_a_member', status: 403, userMessage: '只有会员可以登录' }
    const accept = vi.fn(() => {
      throw new WechatRequestError('not in the list of members', refusal)
    })
    for (const callback of ['first', 'second']) {
      await expect(
        exchangeOnce(context, login, 'the-code', { accept, timeoutMs: 0 }),
        callback,
      ).rejects.toMatchObject(refusal)
    }
    expect(accept).toHaveBeenCalledOnce()
  })

  it('has its time limit beside that of the call', async () => {
    const { context, sleeps, memory, key } = setUp({ claim: async () => false })
    await memory.put(`${key}:outcome`, '{}', 1_000_000)
    const step = { accept: () => ({ values: {} }), timeoutMs: 2_000 }
    expect(await exchangeOnce(context, login, 'the-code', step)).toBeUndefined()
    expect(sleeps).toHaveLength(161)
  })
})

describe('a grant that was lost with its connection', () => {
  const lost = { endpoint: '/sns/oauth2/access_token', errcode: 40163 }

  it('is told to each callback as lost', async () => {
    const { context } = setUp()
    const accept = () => {
      throw new LostGrantError(lost.endpoint, lost.errcode, 'code been used')
    }
    for (const callback of ['first', 'second']) {
      const error = await exchangeOnce(context, { id: 'the-login', scope: 'snsapi_base' }, 'the-code', {
        accept,
        timeoutMs: 0,
      }).catch((error: unknown) => error)
      expect(error, callback).toBeInstanceOf(LostGrantError)
      expect(error, callback).toMatchObject(lost)
    }
  })

  it.each([
    [`errcode 40163 ${lost.endpoint}`, false, { errcode: 40163 }],
    ['no reason that this version knows', true, { status: 502 }],
  ])('is not meant by the outcome %j with isGrantLost %j', async (failure, isGrantLost, expected) => {
    const outcome = JSON.stringify({ failure, isGrantLost })
    const { exchange } = setUp({ claim: async () => false, get: async () => outcome })
    const error = await exchange().catch((error: unknown) => error)
    expect(error).toMatchObject(expected)
    expect(error).not.toBeInstanceOf(LostGrantError)
  })
})

describe('a token store that fails', () => {
  it('ends the login at the claim, without an exchange and without its words', async () => {
    const { exchange } = setUp({ claim: fail })
    await expect(exchange()).rejects.toMatchObject({
      code: 'token_store_unavailable',
      status: 503,
      message: expect.not.stringContaining('a-password'),
    })
    expect(codes).toEqual([])
  })

  it('is reported as a failure of the login', async () => {
    const { manager, exchange } = setUp({ claim: fail })
    const credentials: string[] = []
    manager.on('store-unavailable', ({ credential }) => void credentials.push(credential))
    await expect(exchange()).rejects.toMatchObject({ code: 'token_store_unavailable' })
    expect(credentials).toEqual(['login'])
  })

  it('does not end the login after the claim', async () => {
    const { exchange } = setUp({ put: fail })
    expect(await exchange()).toEqual(GRANT)
  })

  it('does not end a logout', async () => {
    const { context } = setUp({ put: fail })
    await expect(endOutcome(context, 'the-login')).resolves.toBeUndefined()
  })

  it('ends the second callback with 503', async () => {
    const { exchange } = setUp({ claim: async () => false, get: fail })
    await expect(exchange()).rejects.toMatchObject({ code: 'token_store_unavailable' })
  })
})
