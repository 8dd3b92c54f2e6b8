import { requireWechatLogin } from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, startSite } from '../support/site.ts'

afterEach(closeSites)

const SID = /^connect\.sid=([^;]*)/

function sessionCookie(setCookies: readonly string[]): string {
  return setCookies.map(text => SID.exec(text)?.[1]).find(value => value !== undefined) ?? ''
}

describe('a session store that fails', () => {
  it.each(['destroy', 'set'] as const)('fails at %s: answers 503 and logs nobody in', async operation => {
    const site = await startSite()
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`))
    site.sessions.failing.add(operation)
    const answer = await browser.open(callback, AS_SCRIPT)

    expect(answer.json).toEqual(errorBody(503))
    expect(answer.headers['retry-after']).toMatch(/^\d+$/)
    expect(sessionCookie(answer.setCookies)).toBe('')
    expect(site.sessions.text).not.toContain('osim_')
    site.sessions.failing.clear()
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it.each([
    ['destroy', 'keeps the login'],
    ['set', 'ends the login'],
  ] as const)('fails at %s during a logout: answers 503 and %s', async (operation, outcome) => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.sessions.failing.add(operation)
    const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect(answer.json).toEqual(errorBody(503))
    site.sessions.failing.clear()
    expect((await openidOf(site, browser)) !== undefined).toBe(outcome === 'keeps the login')
  })

  it('is disconnected: answers 503, and not 401', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.sessions.emit('disconnect')
    for (const path of ['/auth', '/auth/user/openid', '/auth/user', '/offiaccount/user']) {
      expect((await browser.open(site.base + path, AS_SCRIPT)).json).toEqual(errorBody(503))
    }
  })
})

describe("a session that can't keep a login", () => {
  it('is missing: answers 503 at login and guard, and still signs pages', async () => {
    const site = await startSite({
      session: false,
      pages: app => void app.get('/guarded', requireWechatLogin(), (_req, res) => void res.end('in')),
    })
    const browser = site.visitor()
    for (const path of [
      '/wechat/auth',
      '/wechat/auth/code?code=x&state=y',
      '/wechat/auth/user',
      '/guarded',
    ]) {
      expect((await browser.open(site.origin + path, AS_SCRIPT)).json).toEqual(errorBody(503))
    }
    const body = JSON.stringify({ url: `${site.origin}/` })
    const signed = await browser.open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body })
    expect(signed.status).toBe(200)
  })

  it('is not of express-session: answers 500 and warns', async () => {
    const warnings = collectWarnings()
    const site = await startSite({
      session: false,
      before: app => {
        app.use((req, _res, next) => {
          Object.assign(req, { session: {} })
          next()
        })
      },
    })
    expect((await site.visitor().open(`${site.base}/auth`)).status).toBe(500)
    expect(await warnings()).toMatch(/not one of express-session/)
  })

  it('has a secure cookie over plain http: answers 500 and warns once', async () => {
    const warnings = collectWarnings()
    const site = await startSite({ session: { cookie: { secure: true } } })
    for (const path of ['/auth', '/auth', '/auth/code?code=x&state=y']) {
      const answer = await site.visitor().open(site.base + path, AS_SCRIPT)
      expect(answer.json).toEqual(errorBody(500))
      expect(answer.text).not.toContain('trust proxy')
    }
    const texts = await warnings()
    expect(texts).toMatch(/trust proxy/)
    expect(texts.match(/trust proxy/g)?.length).toBeLessThanOrEqual(2)
  })
})

/** The process's warnings until they are asked for. */
function collectWarnings(): () => Promise<string> {
  const texts: string[] = []
  const collect = (warning: Error) => void texts.push(`${warning.name}: ${warning.message}`)
  process.on('warning', collect)
  return async () => {
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', collect)
    return texts.join('\n')
  }
}
