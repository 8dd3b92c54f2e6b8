import type { Express, Request, Response } from 'express'
import { type RequireWechatLoginOptions, requireWechatLogin, type TokenManager } from 'express-wechat'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Answer } from '../support/browser.ts'
import { closeSites, type Site, type SiteSetup, startSite } from '../support/site.ts'
import { keepWarnings } from '../support/warning.ts'

afterEach(async () => {
  vi.useRealTimers()
  await closeSites()
})

const MINUTE_MS = 60_000
/** Nothing listens there, and no test asks it: its visitors have no cookie of it. */
const GATEWAY = 'http://127.0.0.1:9/wechat'

function show(req: Request, res: Response): void {
  res.json({ openid: req.wechat.openid })
}

interface Guards {
  /** Knows the app secret. */
  known: RequireWechatLoginOptions
  /** Knows no app secret. */
  unknown: RequireWechatLoginOptions
}

function startGuarded(options: (tokenManager: TokenManager) => Guards, setup: SiteSetup = {}): Promise<Site> {
  return startSite({
    ...setup,
    pages: (app: Express, tokenManager: TokenManager) => {
      const { known, unknown } = options(tokenManager)
      app.get('/known', requireWechatLogin(known), show)
      app.get('/unknown', requireWechatLogin(unknown), show)
    },
  })
}

const now = () => Date.now().toString(36)

/** The value of the mark that the guard put into the address of the page to return to. */
function markOf({ location }: Answer): string {
  const page = new URL(new URL(location, 'http://localhost').searchParams.get('state') ?? '')
  return page.searchParams.get('wechat-round') ?? ''
}

describe('a mark in the address', () => {
  const startSatellite = () =>
    startGuarded(tokenManager => ({
      known: { tokenManager, gateway: GATEWAY },
      unknown: { gateway: GATEWAY },
    }))

  it('that anybody made does not count for a guard that knows the app secret', async () => {
    const site = await startSatellite()
    for (const mark of [`9-${now()}`, `3-${now()}-${'0'.repeat(40)}`]) {
      const answer = await site.visitor().open(`${site.origin}/known?wechat-round=${mark}`)
      expect(answer.status).toBe(302)
      expect(markOf(answer)).toMatch(/^1-[0-9a-z]+-[0-9a-f]{40}$/)
    }
  })

  it('that the guard itself made ends the loop with the error of the operator', async () => {
    const site = await startSatellite()
    const browser = site.visitor()
    let answer = await browser.open(`${site.origin}/known`)
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect([answer.status, markOf(answer)[0]]).toEqual([302, String(attempt)])
      answer = await browser.open(`${site.origin}/known?wechat-round=${markOf(answer)}`)
    }
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('重新登录')
  })

  it('that was changed does not count', async () => {
    const site = await startSatellite()
    const mark = markOf(await site.visitor().open(`${site.origin}/known`))
    const answer = await site.visitor().open(`${site.origin}/known?wechat-round=${mark.replace(/^1/, '3')}`)
    expect([answer.status, markOf(answer)[0]]).toEqual([302, '1'])
  })

  it('is a hint for a guard without a secret: 400 with a link, and one warning a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const site = await startSatellite()
    const warnings = keepWarnings()
    const open = () => site.visitor().open(`${site.origin}/unknown?a=1&wechat-round=3-${now()}`)
    for (let visit = 0; visit < 3; visit++) {
      const { status, text } = await open()
      expect(status).toBe(400)
      expect(text).toContain('重新登录')
      expect(text).toContain(`${encodeURIComponent('/unknown?a=1&wechat-round=1-')}`)
    }
    vi.setSystemTime(Date.now() + MINUTE_MS)
    expect((await open()).status).toBe(400)
    const texts = await warnings()
    expect(texts).toHaveLength(2)
    expect(texts[0]).toContain('SESSION_COOKIE_DOMAIN')
  })
})

describe('a mark in a cookie', () => {
  const startApp = (setup: SiteSetup = {}) =>
    startGuarded(tokenManager => ({ known: { tokenManager }, unknown: {} }), setup)

  function forge(signature = '0'.repeat(40), time = now()): string {
    const path = Buffer.from('/wechat/auth').toString('base64url')
    return `wechat-returned=${path}.wechat.3.${'A'.repeat(22)}.${time}.${signature}`
  }

  it('that anybody made does not count for a guard that knows the app secret', async () => {
    const site = await startApp()
    const answer = await site.visitor().open(`${site.origin}/known`, { cookie: forge() })
    expect(answer.status).toBe(302)
  })

  it('is a hint for a guard without a secret: 400, cleared, and one warning a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const site = await startApp()
    const warnings = keepWarnings()
    const open = () => site.visitor().open(`${site.origin}/unknown`, { cookie: forge() })
    for (let visit = 0; visit < 3; visit++) {
      const { status, text, setCookies } = await open()
      expect(status).toBe(400)
      expect(text).toContain('重新登录')
      expect(setCookies.join()).toMatch(/^wechat-returned=; .*Expires=Thu, 01 Jan 1970/)
    }
    vi.setSystemTime(Date.now() + MINUTE_MS)
    expect((await open()).status).toBe(400)
    expect(await warnings()).toEqual([
      expect.stringContaining('A login did not last'),
      expect.stringContaining('A login did not last'),
    ])
  })

  it.each(['known', 'unknown'])('of an earlier visit does not count for a guard: %s', async path => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const site = await startApp({ session: { cookie: { domain: 'other.test' } } })
    const browser = site.visitor()
    await site.login(browser)
    const cookie = await browser.jar.getCookieString(site.origin)
    expect(cookie).toMatch(/wechat-returned=[\w.-]+\.[0-9a-f]{40}/)
    const open = async () => (await site.visitor().open(`${site.origin}/${path}`, { cookie })).status
    expect(await open()).toBe(path === 'known' ? 500 : 400)
    vi.setSystemTime(Date.now() + MINUTE_MS)
    expect(await open()).toBe(302)
  })
})

describe('planted cookies', () => {
  it('cost an answer of bounded size: 250 of them, of the exact form', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await browser.open(`${site.base}/auth?state=/page`)
    const own = (await browser.jar.getCookies(`${site.base}/auth`)).find(({ key }) =>
      key.startsWith('wechat-return-'),
    )
    const prefix = own?.key.slice(0, -16)
    const cookie = Array.from(
      { length: 250 },
      (_, index) => `${prefix}${index.toString(16).padStart(16, '0')}=${index}`,
    ).join('; ')
    const { status, setCookies } = await site.visitor().open(`${site.base}/auth?state=/page`, { cookie })
    expect(status).toBe(302)
    expect(setCookies.join('').length).toBeLessThan(2_000)
    expect(setCookies.filter(text => text.includes('Expires=Thu, 01 Jan 1970')).length).toBeGreaterThan(0)
  })
})
