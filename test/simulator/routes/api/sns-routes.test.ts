import { describe, expect, it } from 'vitest'
import { accessToken, call, codeFor, exchange, rid, simulate, userinfo } from '../../support.ts'

const minute = 60_000
const day = 86_400_000

describe('a code', () => {
  it('is exchanged for the tokens of its person, as plain text without an errcode', async () => {
    const simulator = await simulate()
    const { headers, body } = await exchange(simulator, codeFor(simulator, { personId: 'chen-siyuan' }))
    expect(headers.get('content-type')).toBe('text/plain')
    expect(Object.keys(body)).toEqual(['access_token', 'expires_in', 'refresh_token', 'openid', 'scope'])
    expect(body).toMatchObject({
      expires_in: 7200,
      openid: simulator.people.get('chen-siyuan')?.openid,
      scope: 'snsapi_userinfo',
    })
    expect(body.openid).toMatch(/^osim_[\w-]{23}$/)
  })

  it('works once', async () => {
    const simulator = await simulate()
    const code = codeFor(simulator)
    await exchange(simulator, code)
    const { status, body } = await exchange(simulator, code)
    expect(status).toBe(200)
    expect(body.errcode).toBe(40163)
    expect(body.errmsg).toMatch(/^code been used, rid: /)
    expect(body.errmsg).toMatch(rid)
  })

  it('works for five minutes', async () => {
    const simulator = await simulate()
    const codes = [codeFor(simulator), codeFor(simulator), codeFor(simulator)] as const
    simulator.advance(5 * minute - 1)
    expect((await exchange(simulator, codes[0])).body.errcode).toBeUndefined()
    simulator.advance(1)
    expect((await exchange(simulator, codes[1])).body.errcode).toBe(40029)
    simulator.configure({ codeExpiredErrcode: 42003 })
    expect((await exchange(simulator, codes[2])).body.errcode).toBe(42003)
  })

  it.each([
    [{ appid: '' }, 41002],
    [{ appid: 'wxsimother' }, 40013],
    [{ secret: '' }, 41004],
    [{ secret: 'sim_wrong' }, 40125],
    [{ grant_type: 'client_credential' }, 40002],
    [{ code: '' }, 41008],
    [{ code: 'unknown' }, 40029],
  ])('sent with %j is refused with %i', async (changes, errcode) => {
    const simulator = await simulate()
    expect((await exchange(simulator, codeFor(simulator), changes)).body.errcode).toBe(errcode)
  })

  it('is exchanged from anywhere, unless the whitelist is configured to count here too', async () => {
    const simulator = await simulate({ ipWhitelist: [] })
    expect((await exchange(simulator, codeFor(simulator))).body.errcode).toBeUndefined()
    simulator.configure({ snsChecksIpWhitelist: true })
    expect((await exchange(simulator, codeFor(simulator))).body.errcode).toBe(40164)
  })

  it('is used up by an exchange that fails, unless configured otherwise', async () => {
    const simulator = await simulate()
    const burnt = codeFor(simulator)
    await exchange(simulator, burnt, { secret: 'sim_wrong' })
    expect((await exchange(simulator, burnt)).body.errcode).toBe(40163)
    simulator.configure({ failedExchangeBurnsCode: false })
    const kept = codeFor(simulator)
    await exchange(simulator, kept, { secret: 'sim_wrong' })
    expect((await exchange(simulator, kept)).body.errcode).toBeUndefined()
  })

  it('is used up by an exchange whose answer is lost', async () => {
    const simulator = await simulate()
    const code = codeFor(simulator)
    simulator.faults.next('/sns/oauth2/access_token', 'lost')
    await expect(exchange(simulator, code)).rejects.toThrow('fetch failed')
    expect((await exchange(simulator, code)).body.errcode).toBe(40163)
  })
})

describe('unionid', () => {
  it('is there only for an account bound to the Open Platform, and only with snsapi_userinfo', async () => {
    const simulator = await simulate()
    expect((await exchange(simulator, codeFor(simulator))).body).not.toHaveProperty('unionid')
    simulator.configure({ boundToOpenPlatform: true })
    const login = await exchange(simulator, codeFor(simulator))
    const unionid = simulator.people.list()[0]?.unionid
    expect(login.body.unionid).toBe(unionid)
    expect((await userinfo(simulator, login)).body.unionid).toBe(unionid)
    const silent = await exchange(simulator, codeFor(simulator, { changes: { scope: 'snsapi_base' } }))
    expect(silent.body).not.toHaveProperty('unionid')
  })
})

describe('a snapshot page', () => {
  it('logs in a virtual user, marked, and another one each time', async () => {
    const simulator = await simulate()
    const first = await exchange(simulator, codeFor(simulator, { snapshot: true }))
    const second = await exchange(simulator, codeFor(simulator, { changes: { forceSnapShot: 'true' } }))
    expect(first.body.is_snapshotuser).toBe(1)
    expect(second.body.is_snapshotuser).toBe(1)
    expect(first.body.openid).not.toBe(second.body.openid)
    expect(simulator.people.byOpenid(String(first.body.openid))).toBeUndefined()
    expect((await userinfo(simulator, first)).body.nickname).toBe('微信用户')
  })

  it('does not happen to a silent login', async () => {
    const simulator = await simulate()
    const changes = { scope: 'snsapi_base', forceSnapShot: 'true' }
    expect((await exchange(simulator, codeFor(simulator, { changes }))).body).not.toHaveProperty(
      'is_snapshotuser',
    )
  })
})

describe('sns/userinfo', () => {
  it('tells nickname and avatar, no sex and no place', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator))
    const { headers, body } = await userinfo(simulator, login)
    expect(headers.get('content-type')).toBe('text/plain')
    expect(body).toEqual({
      openid: login.body.openid,
      nickname: '林晓雨',
      sex: 0,
      language: 'zh_CN',
      city: '',
      province: '',
      country: '',
      headimgurl: `${simulator.url}/mmopen/lin-xiaoyu/132`,
      privilege: [],
    })
    const avatar = await call({ url: '' }, String(body.headimgurl))
    expect(avatar.headers.get('content-type')).toBe('image/svg+xml')
    expect(avatar.text).toContain('林')
    expect((await call(simulator, '/mmopen/lin-xiaoyu/46')).text).toContain('width="46"')
    expect((await call(simulator, '/mmopen/lin-xiaoyu/0')).text).toContain('width="640"')
    expect((await call(simulator, '/mmopen/lin-xiaoyu/47')).status).toBe(404)
    expect((await call(simulator, '/mmopen/nobody/46')).status).toBe(404)
  })

  it('has an empty address for a person without an avatar', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator, { personId: 'he-miao' }))
    expect((await userinfo(simulator, login)).body.headimgurl).toBe('')
  })

  it.each([
    [{ access_token: '' }, 41001, 'access_token missing'],
    [{ openid: '' }, 41009, 'missing openid'],
    [{ access_token: 'unknown' }, 40001, 'invalid credential, access_token is invalid or not latest'],
    [{ openid: 'osim_somebody_else' }, 40003, 'invalid openid'],
  ])('refuses %j with %i', async (changes, errcode, errmsg) => {
    const simulator = await simulate()
    const { body } = await userinfo(simulator, await exchange(simulator, codeFor(simulator)), changes)
    expect(body.errcode).toBe(errcode)
    expect(String(body.errmsg).replace(rid, '')).toBe(`${errmsg}, `)
  })

  it('is 48001 for a silent login', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator, { changes: { scope: 'snsapi_base' } }))
    expect((await userinfo(simulator, login)).body.errcode).toBe(48001)
  })

  it('takes no token of the account', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator))
    const access_token = await accessToken(simulator)
    expect((await userinfo(simulator, login, { access_token })).body.errcode).toBe(40001)
  })

  it('is 42001 after two hours', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator))
    simulator.advance(120 * minute - 1)
    expect((await userinfo(simulator, login)).body.errcode).toBeUndefined()
    simulator.advance(1)
    expect((await userinfo(simulator, login)).body.errcode).toBe(42001)
  })

  it('can send control characters unescaped and slashes escaped, as the platform does', async () => {
    const simulator = await simulate({ rawControlCharacters: true, escapedSlashes: true })
    simulator.people.add({ id: 'bell', nickname: 'a\u0007b' })
    const login = await exchange(simulator, codeFor(simulator, { personId: 'bell' }))
    const { text } = await userinfo(simulator, login)
    expect(text).toContain('a\u0007b')
    expect(text).toContain('http:\\/\\/127.0.0.1')
    expect(() => JSON.parse(text)).toThrow(/control character/)
  })
})

describe('sns/auth', () => {
  it('says whether a token is good for an openid', async () => {
    const simulator = await simulate()
    const { body } = await exchange(simulator, codeFor(simulator))
    const check = async (openid: string) =>
      (await call(simulator, '/sns/auth', { access_token: String(body.access_token), openid })).body
    expect(await check(String(body.openid))).toEqual({ errcode: 0, errmsg: 'ok' })
    expect((await check('osim_other')).errcode).toBe(40003)
  })
})

describe('a refresh token', () => {
  async function login(options = {}) {
    const simulator = await simulate(options)
    const { body } = await exchange(simulator, codeFor(simulator))
    const refresh = (changes: Record<string, string> = {}) =>
      call(simulator, '/sns/oauth2/refresh_token', {
        appid: simulator.appId,
        grant_type: 'refresh_token',
        refresh_token: String(body.refresh_token),
        ...changes,
      })
    return { simulator, body, refresh }
  }

  it('gives another access token, without the secret, and stays the same', async () => {
    const { simulator, body, refresh } = await login()
    simulator.advance(120 * minute)
    const refreshed = await refresh()
    expect(refreshed.body).toEqual({ ...body, access_token: expect.any(String) })
    expect(refreshed.body.access_token).not.toBe(body.access_token)
    expect((await userinfo(simulator, refreshed)).body.nickname).toBe('林晓雨')
  })

  it('can rotate: then the old one is over', async () => {
    const { body, refresh } = await login({ refreshTokenRotates: true })
    expect((await refresh()).body.refresh_token).not.toBe(body.refresh_token)
    expect((await refresh()).body.errcode).toBe(40030)
  })

  it('lives for thirty days', async () => {
    const { simulator, refresh } = await login()
    simulator.advance(30 * day - 1)
    expect((await refresh()).body.errcode).toBeUndefined()
    simulator.advance(1)
    expect((await refresh()).body.errcode).toBe(42002)
  })

  it('ends with the login: 42007, and 40001 for its access token', async () => {
    const { simulator, body, refresh } = await login()
    const other = await exchange(simulator, codeFor(simulator, { personId: 'he-miao' }))
    simulator.revokeUserTokens(String(body.openid))
    expect((await refresh()).body.errcode).toBe(42007)
    const query = { access_token: String(body.access_token), openid: String(body.openid) }
    expect((await call(simulator, '/sns/userinfo', query)).body.errcode).toBe(40001)
    expect((await userinfo(simulator, other)).body.nickname).toBe('何苗')
  })

  it.each([
    [{ appid: '' }, 41002],
    [{ appid: 'wxsimother' }, 40013],
    [{ grant_type: 'x' }, 40002],
    [{ refresh_token: '' }, 41003],
    [{ refresh_token: 'unknown' }, 40030],
  ])('sent with %j is refused with %i', async (changes, errcode) => {
    const { refresh } = await login()
    expect((await refresh(changes)).body.errcode).toBe(errcode)
  })
})
