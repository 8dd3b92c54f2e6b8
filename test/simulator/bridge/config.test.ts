import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import { useFixture, usualPage } from './support/use-fixture.ts'

describe.skipIf(!executablePath)('wx.config against the bridge', () => {
  const fixture = useFixture()

  describe.each(['android', 'ios', 'desktop', 'devtools'] as const)('on %s', profile => {
    it('accepts a page that was signed rightly, and says so on its badge', async () => {
      const phone = await fixture.openPage({ profile })
      expect(await phone.configure(['chooseImage'])).toBe('config:ok')
      expect(await phone.control('badge').getAttribute('data-verdict')).toBe('passed')
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

    it('denies a function that is not in jsApiList', async () => {
      const phone = await fixture.openPage({ profile })
      await phone.configure(['scanQRCode'])
      expect((await phone.call('chooseImage')).errMsg).toBe('chooseImage:permission denied')
    })

    it('tells checkJsApi what the page may call, by the names of wx', async () => {
      const phone = await fixture.openPage({ profile })
      await phone.configure(['getLocation'])
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
  })

  it('fails a broken comparison of signatures in this very suite', async () => {
    fixture.site.signs = () => 'https://somewhere.else/'
    fixture.simulator.comparesSignatures = false
    const phone = await fixture.openPage()
    // What the test above demands to be refused goes through: so that test can fail.
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
  })

  it('verifies the address without its fragment, percent-encoded as the browser has it', async () => {
    const phone = await fixture.open(`${usualPage}&name=微信&a=b%20c#part`)
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
    expect(fixture.site.asked[0]).toMatch(/name=%E5%BE%AE%E4%BF%A1&a=b%20c$/)
  })

  it('verifies the current address on Android and the landing one on iOS', async () => {
    const signCurrent = async (profile: 'android' | 'ios') => {
      const phone = await fixture.openPage({ profile, settings: { language: 'en' } })
      await phone.run(`history.pushState({}, '', '/deep/route')`)
      return { phone, told: await phone.configure(['chooseImage']) }
    }
    expect((await signCurrent('android')).told).toBe('config:ok')
    const ios = await signCurrent('ios')
    expect(ios.told).toBe('config:invalid signature')
    await ios.phone.control('badge').click()
    await expect(ios.phone.control('hint').textContent()).resolves.toMatch(/landed on/)

    fixture.site.signs = () => `${fixture.site.url}${usualPage}`
    expect((await signCurrent('ios')).told).toBe('config:ok')
    expect((await signCurrent('android')).told).toBe('config:invalid signature')
  })

  it.each([
    ['the fragment', (url: string) => `${url}#part`, /fragment/],
    ['a decoded query', (url: string) => decodeURIComponent(url), /decoded/],
    ['an address cut at its first &', (url: string) => url.split('&')[0] ?? '', /cut at its first &/],
    ['an address without its query', (url: string) => url.split('?')[0] ?? '', /query was left out/],
    ['localhost', (url: string) => url.replace('127.0.0.1', 'localhost'), /localhost was signed/],
    ['https', (url: string) => url.replace('http:', 'https:'), /https was signed/],
  ])('shows the string that was verified and recognises %s as the mistake', async (_, signs, mistake) => {
    fixture.site.signs = signs
    const phone = await fixture.open(`${usualPage}&name=微信#part`, { settings: { language: 'en' } })
    expect(await phone.configure(['chooseImage'])).toBe('config:invalid signature')

    const verified = `url=${fixture.site.url}${usualPage}&name=%E5%BE%AE%E4%BF%A1`
    await phone.control('badge').click()
    const shown = await phone.control('signed-text').textContent()
    expect(shown).toContain(`jsapi_ticket=${fixture.simulator.ticket}&noncestr=`)
    expect(shown?.endsWith(verified)).toBe(true)
    expect(await phone.control('hint').textContent()).toMatch(mistake)
    expect(phone.warnings.join()).toContain(verified)
  })

  it('refuses a host outside the safe domains', async () => {
    fixture.simulator.safeDomains = ['m.example.com']
    const phone = await fixture.openPage()
    expect(await phone.configure(['chooseImage'])).toBe('config:invalid url domain')
  })

  it('refuses an app id that the simulator does not know', async () => {
    const phone = await fixture.openPage()
    expect(await phone.configure(['chooseImage'], { appId: 'wx0000' })).toBe('config:invalid url domain')
  })

  it('refuses an empty list', async () => {
    const phone = await fixture.openPage()
    expect(await phone.configure([])).toBe('config:param is empty')
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
