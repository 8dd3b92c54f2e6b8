import { describe, expect, it } from 'vitest'
import type { Phone } from '../simulator/bridge/support/phone.ts'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { type Box, choosePerson, openPhone, startBox } from './support/journey.ts'
import { logIn } from './support/steps.ts'

/** The logins of both are the same to a server; `npm run matrix` visits by both. */
const profiles = process.env.LONG_RUN ? (['android', 'ios'] as const) : (['ios'] as const)

/** How often a page is looked at again; a page that sends a visitor round does so at the first view. */
const views = process.env.LONG_RUN ? 20 : 3

describe.skipIf(!executablePath)('a page for visitors', () => {
  const chromium = useBrowser()

  /** Opens the page as it is, and tells its status and whom it knows. */
  async function look({ page }: Phone, url: string) {
    const answer = await page.goto(url)
    return {
      status: answer?.status(),
      redirects: answer?.request().redirectedFrom() === null ? 0 : 1,
      openid: await page.locator('body').getAttribute('data-openid'),
    }
  }

  const authorizations = ({ simulator }: Box) =>
    simulator.history.count('/connect/oauth2/authorize', ({ method }) => method === 'GET')

  const VISITOR = { status: 200, redirects: 0, openid: '' }

  describe.each(profiles)('on %s', profile => {
    it('gives 200 to a visitor, and to a person who is logged in', async () => {
      const box = await startBox()
      const phone = await openPhone(chromium.browser, { profile })
      const url = `${box.app.url}/guests`
      expect(await look(phone, url)).toEqual(VISITOR)
      expect(authorizations(box)).toBe(0)
      await logIn(phone, box)
      const { openid } = box.simulator.people.get('lin-xiaoyu') ?? {}
      expect(await look(phone, url)).toEqual({ ...VISITOR, openid })
    })

    it('knows a person by one silent login, and sends nobody round again', async () => {
      const box = await startBox()
      const phone = await openPhone(chromium.browser, { profile })
      const url = `${box.app.url}/silent`
      await phone.page.goto(url)
      await choosePerson(phone.page, '林晓雨')
      await phone.page.waitForURL(url)
      const { openid } = box.simulator.people.get('lin-xiaoyu') ?? {}
      for (let view = 0; view < views; view += 1) {
        expect(await look(phone, url)).toEqual({ ...VISITOR, openid })
      }
      expect(authorizations(box)).toBe(1)
    })

    it('gives 200 to a snapshot-page user after one silent login', async () => {
      const box = await startBox()
      box.simulator.faults.next('/sns/oauth2/access_token', {
        json: {
          access_token: 'person-token',
          expires_in: 7200,
          refresh_token: 'refresh-token',
          openid: box.simulator.people.get('lin-xiaoyu')?.openid,
          scope: 'snsapi_base',
          is_snapshotuser: 1,
        },
      })
      const phone = await openPhone(chromium.browser, { profile })
      const url = `${box.app.url}/silent`
      await phone.page.goto(url)
      await choosePerson(phone.page, '林晓雨')
      await phone.page.waitForURL(/\/silent\?wechat-silent=/)
      for (let view = 0; view < views; view += 1) expect(await look(phone, url)).toEqual(VISITOR)
      expect(authorizations(box)).toBe(1)
    })

    it('gives 200 without cookies, and never leaves for WeChat', async () => {
      const box = await startBox()
      const phone = await openPhone(chromium.browser, { profile })
      box.app.before = (req, _res, next) => {
        delete req.headers.cookie
        next()
      }
      const answer = await phone.page.goto(`${box.app.url}/silent`)
      expect(answer?.status()).toBe(200)
      expect(phone.page.url()).toContain('/silent?wechat-silent=')
      expect(authorizations(box)).toBe(0)
    })
  })
})
