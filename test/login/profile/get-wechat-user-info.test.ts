import express, { type Express } from 'express'
import session from 'express-session'
import {
  createTokenManager,
  getWechatUserInfo,
  requireWechatLogin,
  type TokenManager,
  WechatError,
} from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../../support/browser.ts'
import { listen } from '../../support/listen.ts'
import { closeSites, type SiteSetup, startSite } from '../../support/site.ts'

afterEach(closeSites)

function mountProfile(app: Express, tokenManager?: TokenManager): void {
  const options = tokenManager && { tokenManager }
  app.get('/name', async (req, res) => {
    try {
      const infos = await Promise.all([1, 2, 3].map(() => getWechatUserInfo(req, options)))
      res.json(infos.map(({ nickname }) => nickname))
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      res.status(error.status).json(error.code)
    }
  })
}

async function start(setup: SiteSetup = {}) {
  let lateMs = 0
  const clock = {
    wallMs: () => Date.now() + lateMs,
    monotonicMs: () => performance.now() + lateMs,
    sleep: async () => {},
  }
  const site = await startSite({ ...setup, manager: { clock }, pages: mountProfile })
  const browser = site.visitor()
  return {
    site,
    browser,
    name: () => browser.open(`${site.origin}/name`, AS_SCRIPT),
    pass(ms: number) {
      lateMs += ms
      site.wechat.advance(ms)
    },
  }
}

const NICKNAME = '赵敏🌸 <花开>'

describe('getWechatUserInfo', () => {
  it('refreshes a dead token once for calls of two requests and the router', async () => {
    const { site, browser, name, pass } = await start()
    await site.login(browser, { scope: 'snsapi_userinfo', personId: 'zhao-min' })
    expect((await name()).json).toEqual([NICKNAME, NICKNAME, NICKNAME])
    pass(3 * 3_600_000)
    const answers = await Promise.all([name(), name(), browser.open(`${site.base}/auth/user`, AS_SCRIPT)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(site.wechat.history.count('/sns/oauth2/refresh_token')).toBe(1)
  })

  it('throws the errors of the HTTP row: 401 without a login, 403 without the scope', async () => {
    const { site, browser, name } = await start()
    expect(await name()).toMatchObject({ status: 401, json: 'not_logged_in' })
    await site.login(browser)
    expect(await name()).toMatchObject({ status: 403, json: 'scope_not_granted' })
  })

  it('names the app secret if the token manager has none', async () => {
    const tokenManager = createTokenManager({
      appId: 'wx1234567890abcdef',
      tokenSource: async () => ({ accessToken: 'x'.repeat(40), expiresInSeconds: 7200 }),
    })
    await expect(getWechatUserInfo({} as never, { tokenManager })).rejects.toThrow(
      /getWechatUserInfo.*appSecret/,
    )
  })
})

describe('getWechatUserInfo in a satellite', () => {
  async function startSatellite() {
    const app = express()
    const satellite = await listen(app)
    const site = await startSite({
      router: { allowedOrigins: [satellite.origin] },
      session: { name: 'wechat.sid' },
    })
    app.use(
      session({ secret: 'satellite', resave: false, saveUninitialized: false }),
      requireWechatLogin({ gateway: `${site.origin}/wechat` }),
    )
    mountProfile(app)
    const browser = createBrowser()
    return { site, satellite, browser, name: () => browser.open(`${satellite.origin}/name`, AS_SCRIPT) }
  }

  it('asks the gateway for the profile, once for parallel calls', async () => {
    const { site, satellite, browser, name } = await startSatellite()
    await site.login(browser, { scope: 'snsapi_userinfo', personId: 'zhao-min' })
    expect((await name()).json).toEqual([NICKNAME, NICKNAME, NICKNAME])
    expect(site.wechat.history.count('/sns/userinfo')).toBe(1)
    await satellite.close()
  })

  it('throws what the gateway answered: 403 without the scope, 504 if WeChat does not answer it', async () => {
    const { site, satellite, browser, name } = await startSatellite()
    await site.login(browser)
    expect(await name()).toMatchObject({ status: 403, json: 'scope_not_granted' })
    await site.login(browser, { scope: 'snsapi_userinfo' })
    site.wechat.faults.next('/sns/userinfo', { errcode: -1 })
    site.wechat.faults.next('/sns/userinfo', { errcode: -1 })
    site.wechat.faults.next('/sns/userinfo', { errcode: -1 })
    expect(await name()).toMatchObject({ status: 504, json: 'wechat_timeout' })
    await satellite.close()
  })
})
