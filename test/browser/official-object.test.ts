import { describe, expect, it } from 'vitest'
import { type Phone, userAgents } from '../simulator/bridge/support/phone.ts'
import { useFixture, usualPage } from '../simulator/bridge/support/use-fixture.ts'
import { executablePath } from '../support/chromium.ts'
import { configure, importLibrary } from './support/library.ts'

describe.skipIf(!executablePath)('the promised wx in place of the official object', () => {
  const fixture = useFixture()

  async function open(jsApiList: string[] = ['scanQRCode']): Promise<Phone> {
    const phone = await fixture.open(usualPage)
    await importLibrary(phone)
    expect(await configure(phone, { jsApiList })).toBe('accepted')
    return phone
  }

  it('calls ready and error, registered before the official script is there', async () => {
    fixture.site.signs = () => 'https://somewhere.else/'
    const phone = await fixture.open('/')
    await importLibrary(phone)
    await phone.run(`told = []
      returned = [library.wx.error(({ errMsg }) => told.push(errMsg)), library.wx.ready(() => told.push('ready'))]`)
    expect(await configure(phone)).toMatchObject({ reason: 'refused' })
    expect(await phone.run('told')).toEqual(['config:invalid signature', 'ready'])
    expect(await phone.run('returned.map(value => typeof value)')).toEqual(['undefined', 'undefined'])
  })

  it('configures by hand', async () => {
    const phone = await fixture.open(usualPage)
    await importLibrary(phone)
    expect(
      await phone.run(`fetch('/wechat/offiaccount/jssdk', { method: 'POST', body: JSON.stringify({ url: location.href }) })
        .then(response => response.json())
        .then(({ appid, timestamp, noncestr, signature }) => new Promise(resolve => {
          library.wx.config({ appId: appid, timestamp, nonceStr: noncestr, signature, jsApiList: ['scanQRCode'] })
          library.wx.ready(() => resolve(__wxsim.state.verdict.isAccepted))
        }))`),
    ).toBe(true)
  })

  it('knows by "in" which functions the installed script has', async () => {
    const phone = await open()
    expect(
      await phone.run(`['chooseImage', 'ready', 'invoke', 'miniProgram', 'noSuchFunction', 'then']
        .map(name => name in library.wx)`),
    ).toEqual([true, true, true, true, false, false])
    expect(
      await phone.run(`['navigateTo', 'noSuchFunction'].map(name => name in library.wx.miniProgram)`),
    ).toEqual([true, false])
  })

  it('takes an event’s official options, trigger included, and a plain function', async () => {
    const phone = await open(['onMenuShareTimeline', 'onVoicePlayEnd', 'onSearchBeacons'])
    const shared = phone.run(`new Promise(resolve => {
      const told = []
      library.wx.onMenuShareTimeline({
        title: 'A letter',
        trigger: () => told.push('trigger'),
        success: () => resolve([...told, 'success']),
      })
      __wxsim.emit('menu:share:timeline')
    })`)
    await phone.control('share-send').click()
    expect(await shared).toEqual(['trigger', 'success'])
    expect(
      await phone.run(`new Promise(resolve => {
        library.wx.onVoicePlayEnd({ success: ({ localId }) => resolve(localId) })
        __wxsim.emit('onVoicePlayEnd', { localId: 'voice' })
      })`),
    ).toBe('voice')
    expect(
      await phone.run(`new Promise(resolve => {
        library.wx.onSearchBeacons(({ beacons }) => resolve(beacons))
        __wxsim.emit('onBeaconsInRange', { beacons: ['one'] })
      })`),
    ).toEqual(['one'])
  })

  it('calls official callbacks besides the promise, without a false unhandled rejection', async () => {
    const phone = await open(['scanQRCode', 'uploadImage'])
    await phone.run(`__wxsim.preset('scanQRCode', { err_msg: 'scanQRCode:ok', resultStr: 'found' })`)
    expect(
      await phone.run(`new Promise(resolve => {
        const told = []
        library.wx.scanQRCode({
          needResult: 1,
          success: ({ resultStr }) => told.push(resultStr),
          complete: () => resolve(told),
        })
      })`),
    ).toEqual(['found'])
    // A rejection that nothing handles would be a page error, which the fixture reports.
    expect(
      await phone.run(`new Promise(resolve => {
        library.wx.uploadImage({ localId: 'none', fail: ({ errMsg }) => setTimeout(() => resolve(errMsg), 50) })
      })`),
    ).toBe('uploadImage:file not exist')
  })

  it('invokes the bridge by its own names, with a callback or with a promise', async () => {
    const phone = await open(['getNetworkType', 'scanQRCode'])
    expect(
      await phone.run(`new Promise(resolve => library.wx.invoke('getNetworkType', {}, resolve))`),
    ).toEqual({
      err_msg: 'network_type:wifi',
    })
    await phone.run(`__wxsim.preset('scanQRCode', { err_msg: 'scanQRCode:ok', resultStr: 'found' })`)
    expect(await phone.run(`library.wx.invoke('scanQRCode', { needResult: 1 })`)).toMatchObject({
      resultStr: 'found',
    })
    const outcome = (name: string) =>
      phone.run(`library.wx.invoke('${name}').catch(({ reason, errMsg }) => ({ reason, errMsg }))`)
    await phone.run(`__wxsim.preset('scanQRCode', { err_msg: 'scanQRCode:cancel' })`)
    expect(await outcome('scanQRCode')).toEqual({ reason: 'cancelled', errMsg: 'scanQRCode:cancel' })
    expect(await outcome('chooseImage')).toMatchObject({ reason: 'denied' })
    expect(await outcome('noSuchFunction')).toMatchObject({ reason: 'failed' })
  })

  it('listens to the bridge’s events by their own names', async () => {
    const phone = await open()
    expect(
      await phone.run(`new Promise(resolve => {
        library.wx.on('onMenuShow', resolve)
        __wxsim.emit('onMenuShow', { there: true })
      })`),
    ).toEqual({ there: true })
  })

  it('calls the mini program around the page, and tells whether there is one', async () => {
    const phone = await open()
    expect(await phone.run('library.wx.miniProgram.getEnv()')).toEqual({ miniprogram: false })
    expect(await phone.run(`new Promise(resolve => library.wx.miniProgram.getEnv(resolve))`)).toEqual({
      miniprogram: false,
    })
    await phone.run(`library.wx.miniProgram.postMessage({ data: { a: 1 } })`)
    await phone.run(`library.wx.miniProgram.navigateTo({ url: '/pages/one' })`)
    expect(
      await phone.run(`__wxsim.calls.filter(({ name }) => name === 'invokeMiniProgramAPI')
        .map(({ args: { name, arg } }) => ({ name, arg }))`),
    ).toEqual([
      { name: 'postMessage', arg: { a: 1 } },
      { name: 'navigateTo', arg: { url: '/pages/one' } },
    ])
  })

  it('passes beta on to wx.config if it is given, and nothing of it if not', async () => {
    const phone = await fixture.open(usualPage)
    await importLibrary(phone)
    await phone.run(`given = []; config = wx.config; wx.config = options => { given.push(options.beta); config(options) }
      undefined`)
    await configure(phone)
    await configure(phone, { beta: true })
    expect(await phone.run('given')).toEqual([undefined, true])
  })

  it('names WeCom if that refused the page', async () => {
    const userAgent = userAgents.android.replace('MicroMessenger', 'wxwork/4.1.30 MicroMessenger')
    fixture.site.signs = () => 'https://somewhere.else/'
    const phone = await fixture.open('/', { userAgent })
    await importLibrary(phone)
    expect(await configure(phone)).toMatchObject({
      reason: 'outside-wechat',
      errMsg: 'config:invalid signature',
      message: expect.stringContaining('企业微信'),
    })
  })

  it('accepts a page in WeCom whose own endpoint signs for WeCom', async () => {
    const userAgent = userAgents.android.replace('MicroMessenger', 'wxwork/4.1.30 MicroMessenger')
    const phone = await fixture.open('/', { userAgent })
    await importLibrary(phone)
    expect(await configure(phone)).toBe('accepted')
  })
})
