import { describe, expect, it } from 'vitest'
import { type Phone, type PhoneOptions, userAgents } from '../simulator/bridge/support/phone.ts'
import { useFixture } from '../simulator/bridge/support/use-fixture.ts'
import { executablePath } from '../support/chromium.ts'
import { importLibrary } from './support/library.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const clients = [
  ['android', {}],
  ['ios', {}],
  ['harmony', { harmonyEncoding: 'object' }],
  ['harmony', { harmonyEncoding: 'text' }],
  ['desktop', {}],
  ['devtools', {}],
] as const

/** The last two answer in forms that others have too; `npm run matrix` has all. */
const played = process.env.LONG_RUN ? clients : clients.slice(0, -2)

describe.skipIf(!executablePath)('the promised wx', () => {
  const fixture = useFixture()

  async function open(jsApiList: string[], options: PhoneOptions = {}): Promise<Phone> {
    const phone = await fixture.open('/', options)
    await phone.run(`import('/scripts/browser.js')
      .then(loaded => { window.library = loaded; return loaded.configureWechat({ jsApiList: ${JSON.stringify(jsApiList)} }) })`)
    return phone
  }

  /** What `wx[name](options)` resolves with, or the error's reason and words. */
  function settle(phone: Phone, name: string, options: Record<string, unknown> = {}): Promise<unknown> {
    return phone.run(`library.wx.${name}(${JSON.stringify(options)})
      .catch(({ name, reason, errMsg }) => ({ name, reason, errMsg }))`)
  }

  it.each(played)(
    'takes a photo to the server, shows one, scans, and tells what it may call on %s with %o',
    async (profile, settings) => {
      const phone = await open(['chooseImage', 'uploadImage', 'getLocalImgData', 'scanQRCode'], {
        profile,
        settings: { ...settings, scanResult: 'hello' },
      })
      const serverId = phone.run<string>(`library.wx.chooseImage({ count: 1 })
        .then(({ localIds: [localId] }) => library.wx.uploadImage({ localId }))
        .then(({ serverId }) => serverId)`)
      await phone
        .control('file')
        .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') })
      expect(fixture.simulator.media.get(await serverId)?.bytes.toString('base64')).toBe(png)

      const { localData } = await phone.run<{ localData: string }>(
        `fetch('data:image/png;base64,${png}').then(response => response.blob())
          .then(blob => library.wx.getLocalImgData({ localId: __wxsim.addLocal('image', blob) }))`,
      )
      expect(localData).toBe(`data:image/png;base64,${png}`)

      expect(await settle(phone, 'scanQRCode', { needResult: 1 })).toMatchObject({ resultStr: 'hello' })

      expect(await settle(phone, 'checkJsApi', { jsApiList: ['chooseImage', 'getLocation'] })).toMatchObject({
        checkResult: { chooseImage: true, getLocation: false },
      })
    },
  )

  it('rejects as cancelled, denied or failed', async () => {
    const phone = await open(['scanQRCode', 'uploadImage'])
    await phone.run(`__wxsim.preset('scanQRCode', { err_msg: 'scanQRCode:cancel' })`)
    const name = 'WechatPageError'
    expect(await settle(phone, 'scanQRCode')).toEqual({
      name,
      reason: 'cancelled',
      errMsg: 'scanQRCode:cancel',
    })
    expect(await settle(phone, 'chooseImage')).toEqual({
      name,
      reason: 'denied',
      errMsg: 'chooseImage:permission denied',
    })
    expect(await settle(phone, 'uploadImage', { localId: 'none' })).toMatchObject({ name, reason: 'failed' })
    expect(await settle(phone, 'noSuchFunction')).toMatchObject({ name, reason: 'failed' })
  })

  it('does not wait for ever on a page without WeChat', async () => {
    const phone = await fixture.open('/?scripts=/scripts/official.js', {
      userAgent: userAgents.android.replace(' wxdebugger wxsim/1', ''),
    })
    await importLibrary(phone)
    expect(await settle(phone, 'chooseImage')).toMatchObject({ reason: 'outside-wechat' })
  })

  it('sends uploads one after the other, whoever asks, and goes on after one that failed', async () => {
    const phone = await open(['uploadImage'])
    let letThrough = () => {}
    fixture.simulator.uploadGate = new Promise(resolve => {
      letThrough = resolve
    })
    const arrived = phone.page.waitForRequest(/type=image/)
    const settled = phone.run(`fetch('data:image/png;base64,${png}').then(response => response.blob())
      .then(blob => {
        const localId = __wxsim.addLocal('image', blob)
        return Promise.allSettled(['none', localId, localId, localId].map(localId => library.wx.uploadImage({ localId })))
      }).then(results => results.map(({ status }) => status))`)
    await arrived
    // The one that failed and the one that is under way: the others have not even begun.
    expect(await phone.run(`__wxsim.calls.filter(({ name }) => name === 'uploadImage').length`)).toBe(2)
    letThrough()
    expect(await settled).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  })

  it('calls back at events', async () => {
    const phone = await open(['onVoicePlayEnd'])
    expect(
      await phone.run(`new Promise(resolve => {
        library.wx.onVoicePlayEnd(({ localId }) => resolve(localId))
        __wxsim.emit('onVoicePlayEnd', { localId: 'voice' })
      })`),
    ).toBe('voice')
  })

  it('can be awaited by mistake', async () => {
    const phone = await open(['scanQRCode'])
    expect(await phone.run(`(async () => typeof (await library.wx).chooseImage)()`)).toBe('function')
  })
})
