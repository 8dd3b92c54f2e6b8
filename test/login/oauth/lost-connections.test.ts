// @express 5 alone: the subject is the connections to WeChat; other tests of the callback run on both majors.
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { type Loss, startLosingProxy } from '../../support/losing-proxy.ts'
import { approve, closeSites, openidOf, startSite } from '../../support/site.ts'

/** `npm run properties` logs in more often. */
const LOGINS = process.env.PROPERTY_RUNS ? 1_000 : 200
const AT_ONCE = 20
const EXCHANGE = '/sns/oauth2/access_token'
const isRestart = ({ location }: Answer) => location.includes('/connect/oauth2/authorize')

afterAll(closeSites)

async function startLosingSite(chooseLoss: (address: string) => Loss) {
  const { wechat } = await startSite()
  const proxy = await startLosingProxy(wechat.url, chooseLoss)
  onTestFinished(proxy.close)
  const { appId, appSecret, url } = wechat
  const site = await startSite({
    manager: { appId, appSecret, apiBaseUrl: proxy.url, openBaseUrl: url },
  })
  return { site: { ...site, wechat }, proxy }
}

type LosingSite = Awaited<ReturnType<typeof startLosingSite>>['site']

/** Begins a login, and returns the address to which WeChat sends the browser back. */
async function beginLogin(
  site: LosingSite,
  browser: Browser,
  page: string,
  personId?: string,
): Promise<string> {
  const begun = await browser.open(`${site.base}/auth?state=${encodeURIComponent(page)}`)
  return approve(site.wechat, begun, personId)
}

/** Android sends a callback twice at once, with the same cookies. */
async function openTwice(browser: Browser, callback: string): Promise<[Answer, Answer]> {
  const cookie = await browser.jar.getCookieString(callback)
  return Promise.all([browser.open(callback, { cookie }), browser.open(callback, { cookie })])
}

describe('a login whose exchange was answered on a kept connection that WeChat then reset', () => {
  /** A site with one kept connection to WeChat, whose exchanges lose their answers as long as `isLosing`. */
  async function startKeptSite() {
    const control = { isLosing: false }
    const losing = await startLosingSite(address =>
      control.isLosing && address.startsWith(EXCHANGE) ? 'answer' : undefined,
    )
    const logIn = async (browser: Browser) => browser.open(await beginLogin(losing.site, browser, '/page'))
    await logIn(losing.site.visitor())
    control.isLosing = true
    return { ...losing, control, logIn }
  }

  it('begins again by itself, once, and ends at its page', async () => {
    const { site, proxy, control, logIn } = await startKeptSite()
    const browser = site.visitor()
    const restart = await logIn(browser)
    expect(isRestart(restart)).toBe(true)
    expect(proxy.count('answer')).toBe(1)
    control.isLosing = false
    const finished = await browser.open(approve(site.wechat, restart))
    expect(finished.location).toBe(`${site.origin}/page#`)
    expect(await openidOf(site, browser)).toBeDefined()
  })

  it('begins again for both of two callbacks', async () => {
    const { site } = await startKeptSite()
    const browser = site.visitor()
    const answers = await openTwice(browser, await beginLogin(site, browser, '/page'))
    expect(answers.map(isRestart)).toEqual([true, true])
  })

  it('ends with HTTP status 400 if it has begun again already', async () => {
    const { site, control, logIn } = await startKeptSite()
    const browser = site.visitor()
    const restart = await logIn(browser)
    expect(isRestart(restart)).toBe(true)
    // The kept connection is gone, so another login makes one.
    control.isLosing = false
    await logIn(site.visitor())
    control.isLosing = true
    const failed = await browser.open(approve(site.wechat, restart))
    expect(failed.status).toBe(400)
    expect(isRestart(failed)).toBe(false)
  })
})

it(`loses and swaps no login of ${LOGINS} if WeChat resets kept connections at random`, async () => {
  const spared: string[] = []
  const { site, proxy } = await startLosingSite(address => {
    const dice = Math.random()
    if (dice < 0.25) return 'request'
    return dice > 0.85 && !spared.some(code => address.includes(code)) ? 'answer' : undefined
  })
  const wrong: unknown[] = []
  let restarts = 0

  async function openCallback(index: number, browser: Browser, callback: string): Promise<Answer> {
    if (index % 3 > 0) return browser.open(callback)
    const [doubled, answer] = await openTwice(browser, callback)
    if (doubled.status !== 302) wrong.push(['doubled', doubled.status, doubled.json])
    return answer
  }

  async function logIn(index: number): Promise<void> {
    const person = site.wechat.people.add()
    const browser = site.visitor()
    const page = `/of/${person.id}`
    let answer = await openCallback(index, browser, await beginLogin(site, browser, page, person.id))
    if (isRestart(answer)) {
      restarts += 1
      const again = approve(site.wechat, answer, person.id)
      // A login that loses its answer twice ends with an error page, by design.
      spared.push(new URL(again).searchParams.get('code') ?? '')
      answer = await browser.open(again)
    }
    const openid = await openidOf(site, browser)
    if (answer.location !== `${site.origin}${page}#` || openid !== person.openid) {
      wrong.push([index, answer.status, answer.location, answer.json, openid === undefined])
    }
  }

  let next = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < LOGINS) await logIn(next++)
    }),
  )
  expect(wrong).toEqual([])
  expect(proxy.count('request')).toBeGreaterThan(LOGINS / 20)
  expect(proxy.count('answer')).toBeGreaterThan(LOGINS / 50)
  expect(restarts).toBeGreaterThan(LOGINS / 50)
}, 240_000)
