import { createTokenManager, getWechatLogin, requireWechatLogin, WechatConfigError } from 'express-wechat'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { closeSites, startSite } from '../support/site.ts'

afterEach(closeSites)
afterEach(() => void vi.unstubAllEnvs())

const otherAccount = createTokenManager({ appId: 'wx0123456789abcdef', appSecret: 'not-a-secret' })

describe('getWechatLogin', () => {
  it("gives the session's login, and undefined if nobody is logged in", async () => {
    const site = await startSite({
      pages: (app, tokenManager) => {
        app.get('/own', (req, res) => void res.json({ login: getWechatLogin(req, { tokenManager }) }))
        app.get('/default', (req, res) => void res.json({ login: getWechatLogin(req) }))
      },
    })
    const browser = site.visitor()
    expect((await browser.open(`${site.origin}/own`)).json).toEqual({})
    expect((await browser.open(`${site.origin}/default`)).json).toEqual({})
    await site.login(browser, { personId: 'he-miao' })
    const login = {
      openid: site.wechat.people.get('he-miao')?.openid,
      scope: 'snsapi_base',
      isSnapshotUser: false,
      loggedInAt: expect.stringMatching(/^\d{4}-/),
    }
    expect((await browser.open(`${site.origin}/own`)).json).toEqual({ login })
    expect((await browser.open(`${site.origin}/default`)).json).toEqual({ login })
  })

  it('gives what the guard of this request found, under whichever session key', async () => {
    const site = await startSite({
      router: { sessionKey: 'service' },
      pages: (app, tokenManager) => {
        const guard = requireWechatLogin({ tokenManager, sessionKey: 'service' })
        app.get('/guarded', guard, (req, res) => {
          res.json({ isSame: getWechatLogin(req) === req.wechat })
        })
        app.get('/other', guard, (req, res) => {
          const byKey = getWechatLogin(req, { sessionKey: 'wechat' })
          const byAccount = getWechatLogin(req, { sessionKey: 'service', tokenManager: otherAccount })
          res.json({ byKey: byKey ?? null, byAccount: byAccount ?? null })
        })
        app.get('/unguarded', (req, res) => void res.json({ login: getWechatLogin(req) ?? null }))
      },
    })
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/guarded`)).json).toEqual({ isSame: true })
    expect((await browser.open(`${site.origin}/other`)).json).toEqual({ byKey: null, byAccount: null })
    expect((await browser.open(`${site.origin}/unguarded`)).json).toEqual({ login: null })
  })

  it('does not count a login of another account', async () => {
    const site = await startSite({
      pages: app => {
        app.get('/other', (req, res) => {
          res.json({ login: getWechatLogin(req, { tokenManager: otherAccount }) ?? null })
        })
        app.get('/environment', (req, res) => void res.json({ login: getWechatLogin(req) ?? null }))
      },
    })
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/other`)).json).toEqual({ login: null })
    vi.stubEnv('WECHAT_APP_ID', 'wx0123456789abcdef')
    expect((await browser.open(`${site.origin}/environment`)).json).toEqual({ login: null })
  })

  it('throws if there is no session, and names a wrong option', async () => {
    const codes: unknown[] = []
    const site = await startSite({
      session: false,
      pages: app => {
        app.get('/none', (req, res) => {
          try {
            getWechatLogin(req)
          } catch (error) {
            codes.push(Object(error).code)
          }
          expect(() => getWechatLogin(req, { sessionKeys: 'x' } as object)).toThrow(WechatConfigError)
          expect(() => getWechatLogin(req, { sessionKeys: 'x' } as object)).toThrow(
            'getWechatLogin: "sessionKeys" is not an option',
          )
          res.json({ isOver: true })
        })
      },
    })
    const answer = await site.visitor().open(`${site.origin}/none`, AS_SCRIPT)
    expect(answer.json).toEqual({ isOver: true })
    expect(codes).toEqual(['session_unavailable'])
  })
})
