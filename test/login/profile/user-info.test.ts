import { afterEach, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../../support/browser.ts'
import { closeSites, errorBody, openidOf, type SiteSetup, startSite } from '../../support/site.ts'

afterEach(closeSites)

const HOURS = 3_600_000

/** A person who granted their profile, and a clock that both sides share. */
async function startWithProfile(setup: SiteSetup = {}) {
  let lateMs = 0
  const clock = {
    wallMs: () => Date.now() + lateMs,
    monotonicMs: () => performance.now() + lateMs,
    sleep: async () => {},
  }
  const site = await startSite({ ...setup, manager: { clock } })
  const browser = site.visitor()
  await site.login(browser, { scope: 'snsapi_userinfo', personId: 'zhao-min' })
  return {
    site,
    browser,
    user: () => browser.open(`${site.base}/auth/user`, AS_SCRIPT),
    refreshes: () => site.wechat.history.count('/sns/oauth2/refresh_token'),
    pass(ms: number) {
      lateMs += ms
      site.wechat.advance(ms)
    },
  }
}

describe('GET /auth/user', () => {
  it("gives WeChat's user info, also if names hold control characters", async () => {
    const { site, user } = await startWithProfile({
      simulator: { boundToOpenPlatform: true, rawControlCharacters: true, escapedSlashes: true },
    })
    const person = site.wechat.people.get('zhao-min')
    const { json, headers } = await user()
    expect(json).toEqual({
      openid: person?.openid,
      nickname: '赵敏🌸 <花开>',
      sex: 0,
      language: 'zh_CN',
      city: '',
      province: '',
      country: '',
      headimgurl: expect.stringContaining(site.wechat.url),
      privilege: [],
      unionid: person?.unionid,
    })
    expect(headers['cache-control']).toBe('no-store')
  })

  it('is 401 without a login, and 403 with snsapi_base alone', async () => {
    const site = await startSite()
    const browser = site.visitor()
    expect((await browser.open(`${site.base}/auth/user`)).json).toEqual(errorBody(401))
    await site.login(browser)
    expect((await browser.open(`${site.base}/auth/user`)).json).toEqual(errorBody(403))
    expect(site.wechat.history.count('/sns/userinfo')).toBe(0)
  })

  it('refreshes a token that has expired, and keeps the new one', async () => {
    const { user, refreshes, pass } = await startWithProfile()
    pass(3 * HOURS)
    expect((await user()).status).toBe(200)
    expect((await user()).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  it('refreshes once for many requests at the same moment', async () => {
    const { user, refreshes, pass } = await startWithProfile({ simulator: { refreshTokenRotates: true } })
    pass(3 * HOURS)
    const answers = await Promise.all(Array.from({ length: 10 }, user))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect((await user()).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  it('takes the token from the store if another request has refreshed it', async () => {
    const { site, user, refreshes, pass } = await startWithProfile({
      simulator: { refreshTokenRotates: true },
    })
    pass(3 * HOURS)
    // The first waits in front of WeChat with the old token in hand, while the second refreshes.
    expect((await user()).status).toBe(200)
    site.wechat.faults.next('/sns/userinfo', { delayMs: 200, fault: { errcode: 42001 } })
    const early = user()
    await expect.poll(() => site.wechat.history.count('/sns/userinfo')).toBe(2)
    site.wechat.faults.next('/sns/userinfo', { errcode: 42001 })
    expect((await user()).status).toBe(200)
    const before = refreshes()
    expect((await early).status).toBe(200)
    expect(refreshes()).toBe(before)
  })

  it('does not bring a login back that ended during the refresh', async () => {
    const { site, browser, user, pass } = await startWithProfile()
    pass(3 * HOURS)
    site.wechat.faults.next('/sns/oauth2/refresh_token', { delayMs: 200 })
    const late = user()
    await expect.poll(() => site.wechat.history.count('/sns/oauth2/refresh_token')).toBe(1)
    await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    await late
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it.each([
    ['the refresh token is dead', 42002],
    ['the refresh token is not one', 40030],
    ['the person withdrew the grant', 42007],
  ])('is 401 if %s', async (_name, errcode) => {
    const { site, user, pass } = await startWithProfile()
    pass(3 * HOURS)
    site.wechat.faults.next('/sns/oauth2/refresh_token', { errcode })
    expect((await user()).json).toEqual(errorBody(401, errcode))
  })

  it('is 401 thirty-one days later', async () => {
    const { user, pass } = await startWithProfile()
    pass(31 * 24 * HOURS)
    expect((await user()).status).toBe(401)
  })

  it('a dead token is refreshed once, and one that stays dead is 401', async () => {
    const { site, user, refreshes } = await startWithProfile()
    site.wechat.faults.always('/sns/userinfo', { errcode: 40001 })
    expect((await user()).json).toEqual(errorBody(401, 40001))
    expect(refreshes()).toBe(1)
  })

  it('a session store that fails at the refresh is 503', async () => {
    const { site, user, pass } = await startWithProfile()
    pass(3 * HOURS)
    site.sessions.failing.add('set')
    expect((await user()).json).toEqual(errorBody(503))
  })
})
