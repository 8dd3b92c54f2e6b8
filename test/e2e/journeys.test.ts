import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Phone } from '../simulator/bridge/support/phone.ts'
import { toneFile } from '../simulator/bridge/support/tone.ts'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { choosePerson, keepPicture, openPhone, startBox } from './support/journey.ts'
import { cdnAddress, officialScripts } from './support/official-scripts.ts'
import {
  apis,
  isLoggedIn,
  logIn,
  openApp,
  photograph,
  ready,
  refusesWrongSignatures,
  speak,
} from './support/steps.ts'

const bridge = readFileSync(new URL('../../dist/simulator/bridge/bridge.js', import.meta.url), 'utf8')

/** The profiles of a test whose rule holds for both alike: `npm run matrix` has both, `npm test` the one that is named. */
const profilesFor = (one: 'android' | 'ios') =>
  process.env.LONG_RUN ? (['android', 'ios'] as const) : ([one] as const)

/** The generations of the official script, each on one profile; in `npm run matrix` on both. */
const scripts = (['1.6.0', '1.4.0'] as const).flatMap(version =>
  profilesFor(version === '1.6.0' ? 'android' : 'ios').map(profile => [version, profile] as const),
)

const pushState = (phone: Phone, path: string) => phone.run(`void history.pushState(null, '', '${path}')`)
const configureWithLibrary = (phone: Phone) =>
  phone.run<string>(
    `library.configureWechat({ jsApiList: ['scanQRCode'] }).then(() => 'ok', error => error.message)`,
  )

describe.skipIf(!executablePath)('a visitor with a simulated WeChat', () => {
  const chromium = useBrowser(executablePath && toneFile(440))

  it.each(profilesFor('android'))(
    'logs in, is verified, photographs and speaks, and the back end gets both, on %s',
    async profile => {
      const box = await startBox()
      const phone = await openPhone(chromium.browser, { profile, reducedMotion: 'no-preference' })
      await logIn(phone, box)
      expect(await phone.configure(apis)).toBe('config:ok')
      await photograph(phone, box)
      await speak(phone, box)
      await keepPicture(phone.page, `journey-${profile}`)
      const abroad = phone.requests.filter(url => !/^(?:http:\/\/127\.0\.0\.1|data:|blob:)/.test(url))
      expect(abroad).toEqual([])
    },
  )

  it.each(scripts)(
    'does the same where the page names the CDN itself, with the script %s on %s',
    async (version, profile) => {
      const script = officialScripts[version]
      const box = await startBox({}, { script: cdnAddress })
      const phone = await openPhone(chromium.browser, {
        profile,
        settings: { baseUrl: box.simulator.url },
      })
      await phone.page.addInitScript(bridge)
      await phone.context.route(cdnAddress, route =>
        route.fulfill({ contentType: 'text/javascript', body: script }),
      )
      await logIn(phone, box)
      expect(await phone.configure(apis)).toBe('config:ok')
      await photograph(phone, box)
      await speak(phone, box)
    },
  )

  it.each(profilesFor('ios'))('is refused by each wrong signature, on %s', async profile => {
    const box = await startBox()
    const phone = await openPhone(chromium.browser, { profile })
    await openApp(phone, box)
    await refusesWrongSignatures(phone)
    expect(await phone.configure(apis)).toBe('config:ok')
  })

  it.each(['android', 'ios'] as const)(
    'keeps what it may do on the routes of a single page, where the library signs, on %s',
    async profile => {
      const box = await startBox()
      const phone = await openPhone(chromium.browser, { profile, settings: { scanResult: 'found' } })
      await openApp(phone, box, '/public/list?tag=%E6%B5%B7')
      await pushState(phone, '/public/card?id=1#top')
      expect(await configureWithLibrary(phone)).toBe('ok')
      expect(await phone.call('scanQRCode', { needResult: 1 })).toMatchObject({ resultStr: 'found' })
    },
  )

  it.each(profilesFor('android'))('may call only what is listed, on %s', async profile => {
    const box = await startBox()
    const phone = await openPhone(chromium.browser, { profile })
    await openApp(phone, box)
    expect(await phone.configure(['startRecord'])).toBe('config:ok')
    expect(await phone.call('chooseImage')).toMatchObject({
      how: 'fail',
      errMsg: 'chooseImage:permission denied',
    })
  })

  it.each(profilesFor('ios'))('who refuses the microphone cancels the recording, on %s', async profile => {
    const box = await startBox()
    box.app.before = (_req, res, next) => {
      res.set('Permissions-Policy', 'microphone=()')
      next()
    }
    const phone = await openPhone(chromium.browser, { profile })
    await openApp(phone, box)
    await phone.configure(apis)
    expect(await phone.call('startRecord')).toMatchObject({ how: 'cancel' })
  })

  it.each(profilesFor('android'))(
    'who loses the cookies on the way logs in all the same, on %s',
    async profile => {
      const box = await startBox({ cookieLoss: 'once' })
      const phone = await openPhone(chromium.browser, { profile })
      await phone.page.goto(`${box.app.url}/`)
      await choosePerson(phone.page, '林晓雨')
      // The library begins anew; who is at the phone was in a cookie, too.
      await choosePerson(phone.page, '林晓雨')
      await isLoggedIn(phone, box)
      const authorizations = box.simulator.history.count(
        '/connect/oauth2/authorize',
        ({ method }) => method === 'GET',
      )
      expect(authorizations).toBe(2)
    },
  )

  it.each(profilesFor('ios'))('on a snapshot page is not taken for a person, on %s', async profile => {
    const box = await startBox({ snapshotPage: true }, { scope: 'snsapi_userinfo' })
    const phone = await openPhone(chromium.browser, { profile })
    await phone.page.goto(`${box.app.url}/`)
    await choosePerson(phone.page, '林晓雨')
    await phone.page.getByText('快照').waitFor()
    expect(await phone.page.content()).not.toContain('osim_')
    await phone.page.goto(`${box.app.url}/public`)
    await ready(phone)
    expect(await phone.page.locator('body').getAttribute('data-openid')).toBe('')
    await keepPicture(phone.page, `snapshot-${profile}`)
  })

  it('is verified by the address of the moment on Android, by that of the first load on iOS', async () => {
    const box = await startBox()
    const verdictAfterPushState = async (profile: 'android' | 'ios') => {
      const phone = await openPhone(chromium.browser, { profile })
      await openApp(phone, box, '/public/first')
      await pushState(phone, '/public/second')
      // The page signs where it is now, as most do.
      return phone.configure(apis)
    }
    expect(await verdictAfterPushState('android')).toBe('config:ok')
    expect(await verdictAfterPushState('ios')).toBe('config:invalid signature')
  })

  it('who loses the cookies at every turn is told so, and not sent round and round', async () => {
    const box = await startBox({ cookieLoss: 'always' })
    const phone = await openPhone(chromium.browser)
    await phone.page.goto(`${box.app.url}/`)
    await choosePerson(phone.page, '林晓雨')
    await choosePerson(phone.page, '林晓雨')
    await phone.page.waitForURL(/\/wechat\/auth\/code/)
    expect(new URL(phone.page.url()).origin).toBe(box.app.url)
    expect(box.simulator.history.count('/sns/oauth2/access_token')).toBe(0)
  })
})
