import type { Fault } from 'express-wechat/simulator'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../support/site.ts'

// Each test has a site of its own, so they run side by side: most of their time is waiting for a limit.
afterAll(closeSites)

const TOKEN = '/cgi-bin/stable_token'
const TICKET = '/cgi-bin/ticket/getticket'
const EXCHANGE = '/sns/oauth2/access_token'

function sign(site: Site) {
  const body = JSON.stringify({ url: `${site.origin}/` })
  return site.visitor().open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body })
}

/** What the network and machines in between do to an answer. */
const TROUBLES: readonly (readonly [string, Fault, readonly number[]])[] = [
  ['hangs', 'hang', [504]],
  ['drips a byte at a time', 'drip', [504]],
  ['resets the connection', 'reset', [502]],
  ['does the work and then resets', 'lost', [502]],
  ['cuts its answer off', 'cut', [502]],
  ['answers HTML', 'html', [502]],
  ['answers nothing', 'empty', [502]],
  ['answers {}', { json: {} }, [502]],
  ['answers HTTP 500', { status: 500 }, [502]],
  ['redirects', { status: 302 }, [502]],
  ['is busy', { errcode: -1 }, [504]],
]

const isEndless = (fault: Fault) => fault === 'hang' || fault === 'drip'

/** Troubles that end a connection without a byte of an answer. */
const RESETS: readonly Fault[] = ['reset', 'lost']

describe.concurrent.each(TROUBLES)('WeChat %s', (_name, fault, statuses) => {
  // Only an answer that never ends reaches the limit: without the limit, its tests would end at their own. With the
  // others a busy machine has time to answer.
  const limitMs = isEndless(fault) ? 1_000 : 10_000
  const start = () => startSite({ manager: { timeoutMs: limitMs } })

  it('fails the exchange of a code within the limit, logs nobody in, delays nothing else', async () => {
    const site = await start()
    const browser = site.visitor()
    const known = site.visitor()
    await site.login(known)
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`))
    const sets = site.sessions.sets
    site.wechat.faults.always(EXCHANGE, fault)
    const order: string[] = []
    const [answer, other] = await Promise.all([
      browser.open(callback, AS_SCRIPT).finally(() => order.push('the login')),
      known.open(`${site.base}/auth/user/openid`).finally(() => order.push('the other endpoint')),
    ])

    expect(statuses).toContain(answer.status)
    expect(answer.json).toMatchObject({ status: answer.status, msg: expect.any(String) })
    expect(other.status).toBe(200)
    if (isEndless(fault)) expect(order).toEqual(['the other endpoint', 'the login'])
    expect(site.sessions.sets).toBe(sets)
    expect(await openidOf(site, browser)).toBeUndefined()
    // A code is spent by the first call that arrives. If the kept connection is reset, it may not have arrived, and
    // the call is repeated once.
    expect(site.wechat.history.count(EXCHANGE)).toBe(RESETS.includes(fault) ? 3 : 2)

    site.wechat.faults.clear()
    expect((await site.login(browser)).status).toBe(302)
  })

  it.each([TOKEN, TICKET])('at %s: an error within the limit, and the next call works again', async path => {
    const site = await start()
    site.wechat.faults.always(path, fault)
    const answer = await sign(site)
    expect(statuses).toContain(answer.status)
    expect(answer.json).toMatchObject({ status: answer.status, msg: expect.any(String) })
    expect(answer.text).not.toContain('signature')

    site.wechat.faults.clear()
    // A busy machine may take longer than the small limit of this test, once or twice.
    // Tests run side by side here, in which `expect.poll` does not know its test.
    await vi.waitFor(async () => expect((await sign(site)).status).toBe(200), { timeout: 10_000 })
  })

  it('at the user info and the follower info: an error within the limit, and the login stays', async () => {
    const site = await start()
    const browser = site.visitor()
    await site.login(browser, { scope: 'snsapi_userinfo' })
    for (const [endpoint, path] of [
      ['/sns/userinfo', '/auth/user'],
      ['/cgi-bin/user/info', '/offiaccount/user'],
    ] as const) {
      site.wechat.faults.always(endpoint, fault)
      const answer = await browser.open(site.base + path, AS_SCRIPT)
      expect(statuses).toContain(answer.status)
      expect(site.wechat.history.count(endpoint)).toBeLessThanOrEqual(2)
      expect(await openidOf(site, browser)).toBeDefined()
    }
  })
})

it('one hiccup of WeChat is none for the visitor, where asking twice is harmless', async () => {
  const site = await startSite()
  const browser = site.visitor()
  await site.login(browser, { scope: 'snsapi_userinfo' })
  for (const path of [TOKEN, TICKET, '/sns/userinfo', '/cgi-bin/user/info']) {
    site.wechat.faults.next(path, 'reset')
  }
  expect((await sign(site)).status).toBe(200)
  expect((await browser.open(`${site.base}/auth/user`)).status).toBe(200)
  expect((await browser.open(`${site.base}/offiaccount/user`)).status).toBe(200)
})

describe("WeChat's codes become the statuses of the interface", () => {
  it.each([
    [TOKEN, 40001, 500],
    [TOKEN, 40013, 500],
    [TOKEN, 40125, 500],
    [TOKEN, 40164, 500],
    [TOKEN, 40243, 500],
    [TOKEN, 45009, 429],
    [TOKEN, 45011, 429],
    [TOKEN, 89503, 500],
    [TICKET, 48001, 500],
    [TICKET, 45009, 429],
    [TICKET, 40001, 502],
    [TICKET, 99999, 502],
  ])('%s %i: %i at the signature', async (path, errcode, status) => {
    const site = await startSite()
    site.wechat.faults.always(path, { errcode, errmsg: 'invalid ip 203.0.113.7, rid: 1-2-3' })
    const answer = await sign(site)
    expect(answer.json).toEqual(errorBody(status, errcode))
    expect(answer.text).not.toContain('203.0.113.7')
  })

  it.each([
    [40029, 400],
    [40163, 400],
    [41008, 400],
    [42003, 400],
    [40226, 403],
    [40125, 500],
    [40013, 500],
    [40001, 500],
    [40164, 500],
    [45011, 429],
    [-1, 504],
    [12345, 502],
  ])('a code exchange refused with %i is %i', async (errcode, status) => {
    const site = await startSite()
    const browser = site.visitor()
    site.wechat.faults.next(EXCHANGE, { errcode })
    const answer = await browser.open(
      approve(site.wechat, await browser.open(`${site.base}/auth`)),
      AS_SCRIPT,
    )
    expect(answer.json).toEqual(errorBody(status, errcode))
  })

  it.each([
    [40001, 401],
    [40003, 401],
    [40014, 401],
    [42001, 401],
    [40030, 401],
    [42002, 401],
    [42007, 401],
    [48001, 403],
    [45009, 429],
    [50001, 502],
  ])('user info refused with %i is %i', async (errcode, status) => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser, { scope: 'snsapi_userinfo' })
    site.wechat.faults.always('/sns/userinfo', { errcode })
    expect((await browser.open(`${site.base}/auth/user`)).json).toEqual(errorBody(status, errcode))
  })

  it.each([
    [40003, 403],
    [40001, 502],
    [40014, 502],
    [42001, 502],
    [48001, 500],
    [45009, 429],
  ])('follower info refused with %i is %i', async (errcode, status) => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.wechat.faults.always('/cgi-bin/user/info', { errcode })
    expect((await browser.open(`${site.base}/offiaccount/user`)).json).toEqual(errorBody(status, errcode))
  })

  it.each([
    [40007, 400],
    [42001, 502],
    [45009, 429],
  ])('a medium refused with %i is %i', async (errcode, status) => {
    const site = await startSite()
    site.wechat.faults.always('/cgi-bin/media/get', { errcode })
    const answer = await site.visitor().open(`${site.base}/offiaccount/media?media_id=abc`)
    expect(answer.json).toEqual(errorBody(status, errcode))
  })
})

describe('the account token', () => {
  it.each(['revokeAccessToken', 'expireAccessToken'] as const)(
    'that died (%s) is replaced by one refresh while forty requests run, and none fails',
    async die => {
      const site = await startSite()
      const browser = site.visitor()
      await site.login(browser)
      const follower = () => browser.open(`${site.base}/offiaccount/user`)
      expect((await follower()).status).toBe(200)
      const before = site.wechat.history.count(TOKEN)
      site.wechat[die]()
      const answers = await Promise.all(Array.from({ length: 40 }, follower))
      expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200))
      expect(site.wechat.history.count(TOKEN) - before).toBe(1)
    },
  )

  it('is fetched once, and the ticket once, by a hundred at the same moment', async () => {
    const site = await startSite()
    site.wechat.faults.next(TOKEN, { delayMs: 100 })
    const answers = await Promise.all(Array.from({ length: 100 }, () => sign(site)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect([site.wechat.history.count(TOKEN), site.wechat.history.count(TICKET)]).toEqual([1, 1])
  })

  it('is fetched by nobody before it is needed', async () => {
    const site = await startSite()
    await site.visitor().open(`${site.base}/auth`)
    await site.login(site.visitor())
    expect(site.wechat.history.count(TOKEN)).toBe(0)
  })
})
