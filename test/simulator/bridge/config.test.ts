import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import type { Phone } from './support/phone.ts'
import { useFixture, usualPage } from './support/use-fixture.ts'

/** Those to which the bridge gives its answers in different forms. `npm run matrix` has all that tell of a refusal. */
const played = process.env.LONG_RUN
  ? (['android', 'ios', 'desktop', 'devtools'] as const)
  : (['android', 'devtools'] as const)

describe.skipIf(!executablePath)('wx.config against the bridge', () => {
  const fixture = useFixture()

  describe.each(played)('on %s', profile => {
    it('accepts a page that was signed rightly, and allows the functions in jsApiList alone', async () => {
      const phone = await fixture.openPage({ profile })
      expect(await phone.configure(['getLocation'])).toBe('config:ok')
      expect(await phone.control('badge').getAttribute('data-verdict')).toBe('passed')
      expect((await phone.call('chooseImage')).errMsg).toBe('chooseImage:permission denied')
      const { checkResult } = await phone.call('checkJsApi', {
        jsApiList: ['getLocation', 'chooseImage', 'previewImage', 'noSuchThing'],
      })
      expect(checkResult).toEqual({
        getLocation: true,
        chooseImage: false,
        previewImage: true,
        noSuchThing: false,
      })
    })

    it('refuses a wrong signature, and denies every function after it', async () => {
      fixture.site.signs = () => 'https://somewhere.else/'
      const phone = await fixture.openPage({ profile, settings: { language: 'en' } })
      expect(await phone.configure(['chooseImage'])).toBe('config:invalid signature')
      expect(await phone.call('chooseImage')).toMatchObject({
        how: 'fail',
        errMsg: 'chooseImage:permission denied',
      })
    })
  })

  it('accepts a wrong signature if the comparison is broken, so the tests of refusals can fail', async () => {
    fixture.site.signs = () => 'https://somewhere.else/'
    fixture.simulator.comparesSignatures = false
    const phone = await fixture.openPage()
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
  })

  it('verifies the address without its fragment, percent-encoded as the browser has it', async () => {
    const phone = await fixture.open(`${usualPage}&name=微信&a=b%20c#part`)
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
    expect(fixture.site.asked[0]).toMatch(/name=%E5%BE%AE%E4%BF%A1&a=b%20c$/)
  })

  it('verifies the current address on Android and the landing one on iOS', async () => {
    const settings = { language: 'en' } as const
    const android = await fixture.openPage({ profile: 'android', settings })
    const ios = await fixture.openPage({ profile: 'ios', settings })
    const signOnRoute = async (phone: Phone) => {
      await phone.page.goto(fixture.site.url + usualPage)
      await phone.run(`history.pushState({}, '', '/deep/route')`)
      return phone.configure(['chooseImage'])
    }
    expect(await signOnRoute(android)).toBe('config:ok')
    expect(await signOnRoute(ios)).toBe('config:invalid signature')
    await ios.control('badge').click()
    await expect(ios.control('hint').textContent()).resolves.toMatch(/landed on/)

    fixture.site.signs = () => `${fixture.site.url}${usualPage}`
    expect(await signOnRoute(ios)).toBe('config:ok')
    expect(await signOnRoute(android)).toBe('config:invalid signature')
  })

  it('shows the string that was verified, and the mistake: a signed fragment', async () => {
    fixture.site.signs = url => `${url}#part`
    const phone = await fixture.open(`${usualPage}&name=微信#part`, { settings: { language: 'en' } })
    expect(await phone.configure(['chooseImage'])).toBe('config:invalid signature')

    const verified = `url=${fixture.site.url}${usualPage}&name=%E5%BE%AE%E4%BF%A1`
    await phone.control('badge').click()
    const shown = await phone.control('signed-text').textContent()
    expect(shown).toContain(`jsapi_ticket=${fixture.simulator.ticket}&noncestr=`)
    expect(shown?.endsWith(verified)).toBe(true)
    expect(await phone.control('hint').textContent()).toMatch(/fragment/)
    expect(phone.warnings.join()).toContain(verified)
  })

  it('refuses an empty list, another app id, and a host outside the safe domains', async () => {
    const phone = await fixture.openPage()
    expect(await phone.configure([])).toBe('config:param is empty')
    await phone.page.reload()
    expect(await phone.configure(['chooseImage'], { appId: 'wx0000' })).toBe('config:invalid url domain')
    await phone.page.reload()
    fixture.simulator.safeDomains = ['m.example.com']
    expect(await phone.configure(['chooseImage'])).toBe('config:invalid url domain')
  })

  it('takes the rights of an earlier configuration back when a later one is refused', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['scanQRCode'])
    fixture.site.signs = () => 'https://somewhere.else/'
    await phone.configure(['scanQRCode'])
    await phone.control('badge').and(phone.page.locator('[data-verdict=refused]')).waitFor()
    expect((await phone.call('scanQRCode')).errMsg).toBe('scanQRCode:permission denied')
  })

  it('answers with a failure, and says why, when the simulator is gone', async () => {
    const phone = await fixture.openPage({ settings: { baseUrl: 'http://127.0.0.1:9', language: 'en' } })
    expect(await phone.configure(['chooseImage'])).toBe('config:fail')
    expect(phone.warnings.join()).toMatch(/can't be reached at http:\/\/127\.0\.0\.1:9/)
  })

  it('says before any configuration that the permission is not verified', async () => {
    const phone = await fixture.openPage({ settings: { bridgeDelay: 0 } })
    expect((await phone.call('scanQRCode')).errMsg).toBe(
      'scanQRCode:the permission value is offline verifying',
    )
  })
})
