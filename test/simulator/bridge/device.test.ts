import { describe, expect, it } from 'vitest'
import { profiles } from '../../../src/simulator/protocol/bridge.ts'
import { executablePath } from '../../support/chromium.ts'
import { useFixture } from './support/use-fixture.ts'

/** Those to which the bridge gives the result of a scan in different forms. `npm run matrix` has all. */
const scanning = process.env.LONG_RUN ? profiles : (['android', 'ios', 'desktop'] as const)

describe.skipIf(!executablePath)('the phone', () => {
  const fixture = useFixture()

  it.each(scanning)('scans what was set before on %s', async profile => {
    const phone = await fixture.openPage({ profile, settings: { scanResult: 'EAN_13,6921665714849' } })
    await phone.configure(['scanQRCode'])
    expect(await phone.call('scanQRCode', { needResult: 1 })).toMatchObject({
      how: 'success',
      resultStr: 'EAN_13,6921665714849',
    })
  })

  it('scans what is typed, or gives the scan up', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['scanQRCode'])
    const scanned = phone.call('scanQRCode', { needResult: 1 })
    await phone.control('scan-input').fill('https://example.com/票')
    await phone.page.keyboard.press('Enter')
    expect(await scanned).toMatchObject({ how: 'success', resultStr: 'https://example.com/票' })
    const givenUp = phone.call('scanQRCode', { needResult: 1 })
    await phone.control('scan-input').press('Escape')
    expect(await givenUp).toMatchObject({ how: 'cancel' })
  })

  it('is on the network of its settings, until its menu changes that one answer', async () => {
    const phone = await fixture.openPage({ settings: { network: 'none', language: 'en' } })
    await phone.configure(['getNetworkType'])
    expect(await phone.call('getNetworkType')).toMatchObject({ how: 'fail' })
    await phone.control('badge').click()
    expect(await phone.control('menu').textContent()).toContain('Changes what getNetworkType answers')
    await phone.control('choose-3g').click()
    await phone.control('cancel').click()
    expect(await phone.call('getNetworkType')).toMatchObject({ how: 'success', networkType: '3g' })
  })

  it('is where a sheet puts it, or nowhere', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['getLocation'])
    const refused = phone.call('getLocation')
    await phone.control('cancel').click()
    expect(await refused).toMatchObject({ how: 'cancel' })
    const typed = phone.call('getLocation')
    await phone.control('latitude').fill('91')
    await phone.control('location-confirm').click()
    await phone.control('latitude').fill('22.5')
    await phone.control('location-confirm').click()
    expect(await typed).toMatchObject({ latitude: 22.5, longitude: 116.3913, accuracy: 30, speed: 0 })

    await phone.page.reload()
    await phone.configure(['getLocation'])
    const placed = phone.call('getLocation')
    await phone.control('place-2').click()
    expect(await placed).toMatchObject({ latitude: 31.2417 })
  })

  it('shows a place', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['openLocation'])
    await phone.call('openLocation', { latitude: 31.2, longitude: 121.4, name: '外滩', address: '黄浦区' })
    expect(await phone.control('place').textContent()).toContain('外滩')
  })

  it('pays, fails to pay, and changes its mind', async () => {
    const payment = { timestamp: 1, nonceStr: 'n', package: 'prepay_id=wx1', signType: 'MD5', paySign: 's' }
    const phone = await fixture.openPage()
    await phone.configure(['chooseWXPay'])
    for (const [button, how] of [
      ['pay-ok', 'success'],
      ['pay-fail', 'fail'],
      ['cancel', 'cancel'],
    ] as const) {
      const paid = phone.call('chooseWXPay', payment)
      await phone.control(button).click()
      expect(await paid).toMatchObject({ how })
    }
    await phone.reload({ payResult: 'ok' })
    await phone.configure(['chooseWXPay'])
    expect(await phone.call('chooseWXPay', payment)).toMatchObject({ how: 'success' })
  })

  it('hands out an address under the names of wx', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['openAddress'])
    const chosen = phone.call('openAddress')
    await phone.control('address-1').click()
    expect(await chosen).toMatchObject({ userName: '张三', provinceName: '广东省', cityName: '广州市' })
    // 44 is Guangdong: this code is that of Haizhu in Guangzhou.
    expect(await chosen).toMatchObject({ countryName: '海珠区', nationalCode: '440105' })
  })

  it('shares what a page has set', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['updateAppMessageShareData', 'updateTimelineShareData'])
    await phone.call('updateAppMessageShareData', {
      title: '胶囊',
      desc: '十年后见',
      link: 'https://a.b/',
      imgUrl: '',
    })
    expect(await phone.run('__wxsim.state.share')).toMatchObject({ appMessage: { title: '胶囊' } })
    await phone.control('badge').click()
    await phone.control('share-friend').click()
    expect(await phone.control('share-card').textContent()).toContain('十年后见')
    await phone.control('share-send').click()
    await phone.control('badge').click()
    await phone.control('share-timeline').click()
    expect(await phone.control('toast').textContent()).toBe('页面没有设置分享内容')
  })

  it('asks an older page at the moment of sharing, and tells it the end', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['onMenuShareTimeline'])
    for (const [button, how] of [
      ['share-send', 'success'],
      ['cancel', 'cancel'],
    ] as const) {
      await phone.run(`shared = call('onMenuShareTimeline', { title: '旧页面' }); undefined`)
      await phone.control('badge').click()
      await phone.control('share-timeline').click()
      expect(await phone.control('share-card').first().textContent()).toContain('旧页面')
      await phone.control('share').last().getByTestId(`wxsim-${button}`).click()
      expect(await phone.run('shared')).toMatchObject({ how })
      await phone.page.reload()
      await phone.configure(['onMenuShareTimeline'])
    }
  })

  it('leaves out of its menu what the page hides', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['hideMenuItems', 'showMenuItems', 'hideOptionMenu', 'showOptionMenu'])
    await phone.call('hideMenuItems', { menuList: ['menuItem:share:timeline', 'menuItem:favorite'] })
    await phone.call('showMenuItems', { menuList: ['menuItem:favorite'] })
    await phone.control('badge').click()
    expect(await phone.control('share-timeline').count()).toBe(0)
    expect(await phone.control('favorite').count()).toBe(1)
    await phone.control('cancel').click()

    await phone.call('hideOptionMenu')
    await phone.control('badge').click()
    expect(await phone.control('share-friend').count()).toBe(0)
    expect(await phone.control('menu').textContent()).toContain('页面隐藏了菜单')
  })

  it('closes the page, which then hears nothing any more, and opens it again', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['getNetworkType'])
    await phone.run(`WeixinJSBridge.call('closeWindow')`)
    await phone.control('closed').waitFor()
    await phone.page.keyboard.press('Escape')
    await phone.page.keyboard.press('Escape')
    expect(await phone.control('closed').count()).toBe(1)
    expect(
      await phone.run(
        `(wx.getNetworkType({ complete: () => { heard = true } }), new Promise(resolve => setTimeout(() => resolve(typeof heard))))`,
      ),
    ).toBe('undefined')
    await phone.control('reopen').click()
    await phone.page.waitForFunction('window.__wxsim?.state.closed === false')
  })

  it('knows no function that it does not play, and says how to preset its answer', async () => {
    const phone = await fixture.openPage({ settings: { language: 'en' } })
    await phone.configure(['getNetworkType', 'noSuchFunction'])
    const invoke = `new Promise(resolve => wx.invoke('noSuchFunction', {}, resolve))`
    expect(await phone.run(invoke)).toEqual({ err_msg: 'system:function_not_exist' })
    await phone.run(invoke)
    expect(phone.warnings).toEqual([
      "[wxsim] noSuchFunction is not simulated; __wxsim.preset('noSuchFunction', …) answers it",
    ])
    await phone.control('badge').click()
    expect(await phone.control('verdict').textContent()).toContain('2 APIs granted')
    expect(await phone.control('not-simulated').textContent()).toMatch(
      /^1 of them is not simulated: noSuchFunction/,
    )
    await phone.run(`__wxsim.preset('noSuchFunction', { err_msg: 'noSuchFunction:ok' })`)
    expect(await phone.run(invoke)).toEqual({ err_msg: 'noSuchFunction:ok' })
  })

  it('counts what the page asked for, and nothing twice', async () => {
    const phone = await fixture.openPage({ settings: { language: 'en' } })
    await phone.configure(['onMenuShareTimeline', 'onMenuShareQQ'])
    await phone.control('badge').click()
    expect(await phone.control('verdict').textContent()).toContain('2 APIs granted')
    expect(await phone.control('not-simulated').count()).toBe(0)
  })

  it('shows one picker at a time', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['chooseImage', 'scanQRCode'])
    const first = phone.call('chooseImage')
    await phone.control('images').waitFor()
    expect(await phone.call('chooseImage')).toMatchObject({
      how: 'fail',
      errMsg: 'chooseImage:too frequent',
    })
    expect(await phone.call('scanQRCode', { needResult: 1 })).toMatchObject({ how: 'fail' })
    expect(await phone.control('images').count()).toBe(1)
    await phone.control('cancel').click()
    expect(await first).toMatchObject({ how: 'cancel' })
    const later = phone.call('chooseImage')
    await phone.control('cancel').click()
    expect(await later).toMatchObject({ how: 'cancel' })
  })

  it('gives the position of its settings in the system that the page asks for', async () => {
    // The flagpole of Tiananmen square, and a place outside China, where both systems are one.
    const phone = await fixture.openPage({
      settings: { location: { latitude: 39.9073, longitude: 116.3913 } },
    })
    await phone.configure(['getLocation'])
    for (const options of [{}, { type: 'wgs84' }]) {
      expect(await phone.call('getLocation', options)).toMatchObject({
        how: 'success',
        latitude: 39.9073,
        longitude: 116.3913,
      })
    }
    const shifted = await phone.call('getLocation', { type: 'gcj02' })
    expect(shifted.latitude).toBeCloseTo(39.9087, 3)
    expect(shifted.longitude).toBeCloseTo(116.3975, 3)

    const location = { latitude: 51.5007, longitude: -0.1246 }
    await phone.reload({ location })
    await phone.configure(['getLocation'])
    expect(await phone.call('getLocation', { type: 'gcj02' })).toMatchObject(location)
  })
})
