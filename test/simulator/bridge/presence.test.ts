import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import { userAgents } from './support/phone.ts'
import { strictPolicy } from './support/site.ts'
import { useFixture, usualPage } from './support/use-fixture.ts'

const realWechat = userAgents.android.replace(' wxdebugger wxsim/1', '')
const desktopChrome =
  'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'

describe.skipIf(!executablePath)('the bridge on a page', () => {
  const fixture = useFixture()

  it('stays out of a real WeChat altogether', async () => {
    const phone = await fixture.openPage({ userAgent: realWechat })
    await phone.page.waitForLoadState('load')
    expect(
      await phone.run(`[typeof WeixinJSBridge, typeof __wxsim, document.querySelectorAll('wx-sim').length]`),
    ).toEqual(['undefined', 'undefined', 0])
    expect(await phone.run('navigator.userAgent')).toBe(realWechat)
  })

  it('leaves a bridge alone that is there already', async () => {
    const phone = await fixture.phone()
    await phone.page.addInitScript(`window.WeixinJSBridge = { theirs: true }`)
    await phone.page.goto(fixture.site.url + usualPage)
    expect(await phone.run('[WeixinJSBridge.theirs, typeof __wxsim]')).toEqual([true, 'undefined'])
  })

  it('is there once, however often its script is', async () => {
    const phone = await fixture.open('/?scripts=/wechat/jweixin.js,/wechat/jweixin.js')
    expect(await phone.configure(['scanQRCode'])).toBe('config:ok')
    expect(await phone.run(`document.querySelectorAll('wx-sim').length`)).toBe(1)
  })

  it.each([
    ['android', /Android/],
    ['ios', /iPhone/],
    ['desktop', /WindowsWechat/],
    ['harmony', /OpenHarmony.*MicroMessenger\/1\.0\.3/],
    ['devtools', /wechatdevtools/],
  ] as const)('makes a plain desktop browser a WeChat on %s', async (profile, platform) => {
    const phone = await fixture.openPage({ userAgent: desktopChrome, settings: { profile } })
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
    expect(await phone.run('navigator.userAgent')).toMatch(platform)
    expect(await phone.run('__wxsim.state.profile')).toBe(profile)
    expect(phone.requests.filter(url => url.includes('weixin.qq.com'))).toEqual([])
  })

  it('appears late, so that a call that does not wait for it vanishes as it would on a phone', async () => {
    // Long enough that a slow machine runs the page's code before the bridge appears.
    const phone = await fixture.phone()
    await phone.page.clock.install()
    await phone.useSettings({ bridgeDelay: 5_000 })
    await phone.page.goto(fixture.site.url + usualPage)
    const answers = phone.run(`new Promise(resolve => {
      const answers = []
      wx.checkJsApi({ jsApiList: ['scanQRCode'], complete: () => answers.push('too early') })
      document.addEventListener('WeixinJSBridgeReady', () =>
        wx.checkJsApi({ jsApiList: ['scanQRCode'], complete: () => resolve([...answers, 'in time']) }))
    })`)
    await phone.page.clock.runFor(5_000)
    expect(await answers).toEqual(['in time'])
  })

  it('lets wx.config wait for it', async () => {
    const phone = await fixture.openPage({ settings: { bridgeDelay: 300 } })
    expect(await phone.configure(['scanQRCode'])).toBe('config:ok')
  })

  it('works under a policy without inline styles and scripts, with Trusted Types', async () => {
    fixture.site.contentSecurityPolicy = strictPolicy(fixture.simulator.url)
    const phone = await fixture.openPage()
    expect(await phone.configure(['chooseImage', 'uploadImage'])).toBe('config:ok')
    const chosen = phone.call('chooseImage', { count: 1 })
    await phone.control('sample-1').click()
    await phone.control('done').click()
    const [localId] = (await chosen).localIds as string[]
    expect(await phone.call('uploadImage', { localId })).toMatchObject({ how: 'success' })
    await phone.control('badge').click()
    await phone.control('menu').waitFor()
    const dialog = `document.querySelector('wx-sim').shadowRoot.querySelector('dialog')`
    expect(await phone.run(`getComputedStyle(${dialog}).position`)).toBe('fixed')
  })

  it('keeps its looks to itself', async () => {
    const phone = await fixture.openPage()
    expect(await phone.run(`getComputedStyle(document.querySelector('h1')).margin !== '0px'`)).toBe(true)
    expect(await phone.run('document.styleSheets.length + document.adoptedStyleSheets.length')).toBe(0)
  })

  it('is legible: its main buttons have contrast, and its recording bar hides what is below', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['scanQRCode', 'startRecord'])
    const background = (name: string) =>
      phone.control(name).evaluate(element => getComputedStyle(element).backgroundColor)
    await phone.call('startRecord')
    expect(await background('recording')).toMatch(/^rgb\(/)
    void phone.call('scanQRCode').catch(() => undefined)
    const [red = 0, green = 0, blue = 0] = (await background('scan-confirm')).match(/\d+/g)?.map(Number) ?? []
    const linear = (value: number) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4)
    const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    // The text is white; WCAG AA wants 4.5.
    expect(1.05 / (luminance + 0.05)).toBeGreaterThan(4.5)
    await phone.control('cancel').click()
  })

  it('shows every client of its menu in full, in both languages', async () => {
    const phone = await fixture.openPage()
    for (const language of ['zh', 'en'] as const) {
      await phone.reload({ language })
      await phone.control('badge').click()
      const cut = await phone
        .control('menu')
        .evaluate(menu =>
          [...menu.querySelectorAll('[role=radio]')]
            .filter(option => option.scrollWidth > option.clientWidth)
            .map(option => option.textContent),
        )
      expect(cut).toEqual([])
    }
  })

  it('speaks Chinese, and English where the browser asks for it', async () => {
    const chinese = await fixture.openPage({ locale: 'zh-CN' })
    const english = await fixture.openPage({ locale: 'en-GB' })
    const german = await fixture.openPage({ locale: 'de-DE' })
    expect(await chinese.control('badge').textContent()).toBe('安卓')
    expect(await english.control('badge').textContent()).toBe('Android')
    expect(await german.control('badge').textContent()).toBe('安卓')
  })

  it('records every call with its answer, and fires what a test wants', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['getNetworkType', 'onVoicePlayEnd'])
    await phone.call('getNetworkType')
    const calls = await phone.run<{ name: string; reply: unknown }[]>('__wxsim.calls')
    expect(calls.map(({ name }) => name)).toEqual(['preVerifyJSAPI', 'getNetworkType'])
    expect(calls[1]?.reply).toEqual({ err_msg: 'network_type:wifi' })

    const heard = phone.run(`new Promise(resolve => {
      wx.onVoicePlayEnd({ complete: resolve })
      __wxsim.emit('onVoicePlayEnd', { localId: 'voice' })
    })`)
    expect(await heard).toMatchObject({ localId: 'voice' })
  })

  it('gives preset answers by the name of wx or of the bridge, but to nobody without the right', async () => {
    const phone = await fixture.openPage({
      settings: { bridgeDelay: 0, presets: { getLocation: { err_msg: 'geoLocation:fail_timeout' } } },
    })
    expect((await phone.call('getLocation')).errMsg).not.toBe('getLocation:timeout')
    await phone.configure(['getLocation', 'chooseImage'])
    expect((await phone.call('getLocation')).errMsg).toBe('getLocation:timeout')
    await phone.run(`__wxsim.preset('chooseImage', { err_msg: 'chooseImage:cancel' })`)
    expect((await phone.call('chooseImage')).how).toBe('cancel')
    await phone.run(`__wxsim.preset('chooseImage', undefined)`)
    const chosen = phone.call('chooseImage')
    await phone.control('cancel').click()
    expect((await chosen).how).toBe('cancel')
  })

  it('changes the client from its menu, for this tab', async () => {
    const phone = await fixture.openPage()
    await phone.control('badge').click()
    await phone.control('choose-ios').click()
    await phone.page.waitForFunction(`window.__wxsim?.state.profile === 'ios'`)
    expect(await phone.run('/iPhone/.test(navigator.userAgent)')).toBe(true)
  })
})
