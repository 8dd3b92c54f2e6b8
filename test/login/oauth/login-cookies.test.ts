import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ origin: 'https://h5.example.com' })
})
afterAll(closeSites)

/** `npm run properties` sends more. */
const REQUESTS = process.env.PROPERTY_RUNS ? 10_000 : 1_000

/** Asks `/auth` that often, without waiting for one answer before the next question. */
async function countRedirects(times: number): Promise<number> {
  const { hostname, port } = new URL(site.local)
  const socket = connect(Number(port), hostname)
  const question = 'GET /wechat/auth HTTP/1.1\r\nHost: h5.example.com\r\n\r\n'
  for (let sent = 0; sent < times; sent += 100) socket.write(question.repeat(100))
  let [answers, unread] = [0, '']
  for await (const chunk of socket) {
    const parts = (unread + chunk).split('HTTP/1.1 302')
    answers += parts.length - 1
    unread = parts.at(-1)?.slice(-12) ?? ''
    if (answers === times) break
  }
  return answers
}

const begin = (browser: Browser, page = '/capsule') =>
  browser.open(`${site.base}/auth?state=${encodeURIComponent(page)}`)

const exchanges = () => site.wechat.history.count('/sns/oauth2/access_token')

async function cookiesOf(browser: Browser) {
  return browser.jar.getCookies(`${site.base}/auth/code`)
}

describe('beginning a login', () => {
  it(`writes nothing on the server in ${REQUESTS} requests`, async () => {
    expect(await countRedirects(REQUESTS)).toBe(REQUESTS)
    expect(site.sessions.sets).toBe(0)
    expect(site.sessions.sessions.size).toBe(0)
  }, 60_000)

  it('keeps at most three pages and six kilobytes in the browser, the newest ones', async () => {
    const browser = site.visitor()
    for (let index = 0; index < 20; index++) await begin(browser, `/page/${index}`)
    expect(await cookiesOf(browser)).toHaveLength(1 + 3)

    for (let index = 0; index < 4; index++) await begin(browser, `/${'x'.repeat(1_980)}${index}`)
    const pending = (await cookiesOf(browser)).filter(cookie => cookie.key.startsWith('wechat-return-'))
    const bytes = pending.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
    expect(pending.length).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(6_144)

    const ended = await browser.open(approve(site.wechat, await begin(browser, '/the-last')))
    expect(ended.location).toBe('https://h5.example.com/the-last#')
  })

  it('leaves planted cookies with a similar name alone', async () => {
    const browser = site.visitor()
    await begin(browser)
    const prefix = (await cookiesOf(browser))
      .map(({ key }) => /^wechat-return-[0-9a-f]{8}-/.exec(key)?.[0])
      .find(Boolean)
    const planted = ['a@1=zz', 'a@2=zz', 'a@3=zz', `(@=${'a'.repeat(6_200)}`]
      .map(text => prefix + text)
      .join('; ')
    const answer = await browser.open(`${site.base}/auth?state=/capsule`, { cookie: planted })
    expect(answer.status).toBe(302)
    expect(answer.setCookies.join()).not.toContain('@')
  })

  it('keeps the login nonce that the browser has', async () => {
    const browser = site.visitor()
    expect((await begin(browser)).setCookies.filter(text => text.startsWith('__Host-'))).toHaveLength(1)
    expect((await begin(browser)).setCookies.filter(text => text.startsWith('__Host-'))).toHaveLength(0)
  })
})

describe('a callback of another browser', () => {
  it('begins again in this browser once, then answers 400, and exchanges nothing', async () => {
    const [attacker, victim] = [site.visitor(), site.visitor()]
    const [before, sets] = [exchanges(), site.sessions.sets]
    const callback = approve(site.wechat, await begin(attacker))
    const restarted = await victim.open(callback, { cookie: '' })
    expect(restarted).toMatchObject({ status: 302 })
    expect(restarted.location).toContain('/connect/oauth2/authorize')

    const again = await victim.open(approve(site.wechat, restarted), { ...AS_SCRIPT, cookie: '' })
    expect(again.json).toEqual(errorBody(400))
    expect(again.setCookies).toEqual([])
    expect(exchanges()).toBe(before)
    expect(site.sessions.sets).toBe(sets)
  })

  it('changes nothing for the person who is logged in here', async () => {
    const [attacker, victim] = [site.visitor(), site.visitor()]
    await site.login(victim, { personId: 'he-miao' })
    const callback = approve(site.wechat, await begin(attacker), 'wang-jianguo')
    await victim.open(callback)
    expect(await openidOf(site, victim)).toBe(site.wechat.people.get('he-miao')?.openid)
  })
})

describe('a browser that loses cookies', () => {
  it('loses all of them once: the login begins again by itself and succeeds', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await begin(browser))
    await browser.jar.removeAllCookies()
    const restarted = await browser.open(callback)
    const ended = await browser.open(approve(site.wechat, restarted))
    // The page was in a cookie too.
    expect(ended.location).toBe('https://h5.example.com/#')
    expect(await openidOf(site, browser)).toBeDefined()
  })

  it('loses the login nonce alone: the page to return to is kept', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await begin(browser))
    const [pending] = (await cookiesOf(browser)).filter(({ key }) => key.startsWith('wechat-return-'))
    const restarted = await browser.open(callback, { cookie: `${pending?.key}=${pending?.value}` })
    const ended = await browser.open(approve(site.wechat, restarted))
    expect(ended.location).toBe('https://h5.example.com/capsule#')
  })

  it('loses them always: two logins, then a page that says why', async () => {
    const browser = site.visitor()
    let answer = await browser.open(`${site.base}/auth`, { cookie: '' })
    let rounds = 0
    while (answer.status === 302 && rounds < 5) {
      rounds += 1
      answer = await browser.open(approve(site.wechat, answer), { cookie: '' })
    }
    expect(rounds).toBe(2)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('Cookie')
  })

  it('begins a login again that took over ten minutes', async () => {
    let lateMs = 0
    const late = await startSite({
      manager: {
        clock: {
          wallMs: () => Date.now() + lateMs,
          monotonicMs: () => performance.now(),
          sleep: async () => {},
        },
      },
    })
    const browser = late.visitor()
    const inTime = approve(late.wechat, await browser.open(`${late.base}/auth`))
    const tooLate = approve(late.wechat, await browser.open(`${late.base}/auth`))
    lateMs = 10 * 60_000
    expect((await browser.open(inTime)).location).toBe(`${late.origin}/#`)
    lateMs = 10 * 60_000 + 31_500
    expect((await browser.open(tooLate)).location).toContain('/connect/oauth2/authorize')
  })
})

describe('planted cookies', () => {
  it('of a parent domain do not replace the login nonce', async () => {
    const [attacker, victim] = [site.visitor(), site.visitor()]
    const begun = await begin(attacker)
    const binding = begun.setCookies.find(text => text.startsWith('__Host-'))?.split(';')[0] ?? ''
    const parent = 'https://other.example.com/'
    await victim.jar.setCookie(`${binding}; Domain=example.com; Path=/; Secure`, parent, {
      ignoreError: true,
    })
    const plain = `${binding.replace('__Host-', '')}; Domain=example.com; Path=/`
    await victim.jar.setCookie(plain, parent)
    const answer = await victim.open(approve(site.wechat, begun))
    expect(answer.location).toContain('/connect/oauth2/authorize')
    expect(await openidOf(site, victim)).toBeUndefined()
  })

  it('without a valid signature are replaced', async () => {
    const begun = await begin(site.visitor())
    const [name = '', value = ''] = (begun.setCookies[0] ?? '').split(';')[0]?.split('=') ?? []
    const [binding = '', seal = ''] = value.split('.')
    for (const planted of ['x', `${binding}.`, `${binding}.${'0'.repeat(40)}`, `${'0'.repeat(32)}.${seal}`]) {
      const { setCookies } = await site.visitor().open(`${site.base}/auth`, { cookie: `${name}=${planted}` })
      expect(setCookies.some(text => text.startsWith(name) && !text.includes(`=${planted};`))).toBe(true)
    }
  })

  it('with an unsigned page to return to are ignored', async () => {
    const browser = site.visitor()
    const begun = await begin(browser, '')
    const state = new URL(begun.location).searchParams.get('state') ?? ''
    const [binding] = (await cookiesOf(browser)).map(({ key, value }) => `${key}=${value}`)
    const suffix = /wechat-login-([0-9a-f]{8})/.exec(binding ?? '')?.[1]
    const evil = Buffer.from('https://evil.test/').toString('base64url')
    const planted = `wechat-return-${suffix}-${state.slice(0, 16)}=mdzzzzzz.${evil}.${'0'.repeat(40)}`
    const answer = await browser.open(approve(site.wechat, begun), { cookie: `${binding}; ${planted}` })
    expect(answer.location).toBe('https://h5.example.com/#')
  })
})

describe('a callback long after', () => {
  it('goes on to the page if somebody is logged in, without another exchange', async () => {
    let leapMs = 0
    const later = await startSite({
      manager: {
        clock: {
          wallMs: () => Date.now(),
          monotonicMs: () => performance.now() + leapMs,
          sleep: async ms => {
            leapMs += ms
          },
        },
      },
    })
    const browser = later.visitor()
    const callback = approve(later.wechat, await browser.open(`${later.base}/auth?state=%2Fcapsule`))
    await browser.open(callback)
    leapMs += 61_000
    expect((await browser.open(callback)).location).toBe(`${later.origin}/capsule#`)
    expect(later.wechat.history.count('/sns/oauth2/access_token')).toBe(1)

    await browser.open(`${later.base}/auth/logout`, { method: 'POST' })
    expect((await browser.open(callback)).location).toContain('/connect/oauth2/authorize')
    expect(later.wechat.history.count('/sns/oauth2/access_token')).toBe(1)
  })
})
