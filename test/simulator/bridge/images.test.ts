import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import { useFixture } from './support/use-fixture.ts'

// One pixel each, so that bytes can be compared.
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const pngFile = { name: 'one.png', mimeType: 'image/png', buffer: png }
/** Android has ids and bytes in a form of its own. `npm run matrix` has the desktop, which is as iOS in this. */
const played = process.env.LONG_RUN ? (['android', 'ios', 'desktop'] as const) : (['android', 'ios'] as const)
const apis = ['chooseImage', 'uploadImage', 'downloadImage', 'getLocalImgData', 'previewImage']

describe.skipIf(!executablePath)('images', () => {
  const fixture = useFixture()

  describe.each(played)('on %s', profile => {
    it('are shown by <img src=localId>, and go to the server and back, byte for byte', async () => {
      const phone = await fixture.openPage({ profile })
      await phone.configure(apis)
      const chosen = phone.call('chooseImage', { count: 2 })
      await phone.control('file').setInputFiles(pngFile)
      const { localIds, sourceType } = await chosen
      expect(localIds).toEqual([
        expect.stringMatching(profile === 'android' ? /^weixin:/ : /^wxLocalResource:/),
      ])
      expect(sourceType).toBe('album')
      // The official script forgives it, a page that calls the bridge by itself doesn't.
      expect(await phone.run(`typeof __wxsim.calls.at(-1).reply.localIds`)).toBe(
        profile === 'android' ? 'string' : 'object',
      )

      const [localId] = localIds as string[]
      await phone.run(`picture.src = ${JSON.stringify(localId)}`)
      await phone.page.waitForFunction('picture.naturalWidth === 1')
      const { serverId } = await phone.call('uploadImage', { localId })
      expect(fixture.simulator.media.get(String(serverId))).toEqual({ type: 'image/png', bytes: png })

      const { localId: again } = await phone.call('downloadImage', { serverId })
      expect(again).not.toBe(localId)
      const { localData } = await phone.call('getLocalImgData', { localId: again })
      const base64 = String(localData).replace(/^data:image\/jgp;base64,/, '')
      expect(base64 === localData).toBe(profile === 'android')
      expect(Buffer.from(base64, 'base64')).toEqual(png)
    })
  })

  it('of the built-in album are JPEG files that can be selected one by one', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    const chosen = phone.call('chooseImage', { count: 2 })
    await phone.control('sample-2').click()
    await phone.control('sample-1').click()
    await phone.control('sample-3').click()
    expect(await phone.control('toast').textContent()).toContain('2')
    await phone.control('done').click()
    const { localIds } = await chosen
    expect(localIds).toHaveLength(2)
    const { serverId } = await phone.call('uploadImage', { localId: (localIds as string[])[0] })
    const stored = fixture.simulator.media.get(String(serverId))
    expect(stored?.type).toBe('image/jpeg')
    expect(stored?.bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
  })

  it('come from the camera, if that is the only source for which the page asked', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    const chosen = phone.call('chooseImage', { count: 1, sourceType: ['camera'] })
    await phone.control('camera').waitFor()
    expect(await phone.control('file').count()).toBe(0)
    await phone.control('camera').click()
    await phone.control('shutter').click()
    expect(await chosen).toMatchObject({
      how: 'success',
      sourceType: 'camera',
      localIds: [expect.any(String)],
    })
  })

  it('open the real file chooser by a click, and are never more than the page asked for', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    const chosen = phone.call('chooseImage', { count: 2 })
    const chooser = phone.page.waitForEvent('filechooser')
    await phone.control('file').click()
    await (await chooser).setFiles([pngFile, { ...pngFile, name: '2.png' }, { ...pngFile, name: '3.png' }])
    expect((await chosen).localIds).toHaveLength(2)
  })

  it('are not chosen after Escape, the cancel button or a click beside the sheet', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    for (const giveUp of [
      () => phone.page.keyboard.press('Escape'),
      () => phone.control('cancel').click(),
      () => phone.page.mouse.click(190, 20),
    ]) {
      const chosen = phone.call('chooseImage')
      await phone.control('cancel').waitFor()
      await giveUp()
      expect(await chosen).toEqual({ how: 'cancel', errMsg: 'chooseImage:cancel' })
    }
  })

  it('can be chosen with the keyboard alone', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    const chosen = phone.call('chooseImage', { count: 1 })
    await phone.control('sample-1').focus()
    await phone.page.keyboard.press('Space')
    await phone.control('done').focus()
    await phone.page.keyboard.press('Enter')
    expect((await chosen).localIds).toHaveLength(1)
  })

  it('are previewed full screen, and turned over', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    await phone.run(`canvas = document.createElement('canvas'); canvas.width = 2; undefined`)
    await phone.run(
      `new Promise(resolve => canvas.toBlob(blob => { id = __wxsim.addLocal('image', blob); resolve() }))`,
    )
    await phone.run(
      `call('previewImage', { current: id, urls: [id, 'data:image/png;base64,${png.toString('base64')}'] })`,
    )
    const shownWidth = () =>
      phone
        .control('viewer-image')
        .evaluate(image => (image as unknown as { naturalWidth: number }).naturalWidth)
    await expect.poll(shownWidth).toBe(2)
    await phone.page.keyboard.press('ArrowRight')
    await expect.poll(shownWidth).toBe(1)
    await phone.page.keyboard.press('Escape')
    await expect.poll(() => phone.control('viewer').count()).toBe(0)
  })

  it('show that they are on their way unless the page asks not to', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    let open = () => {}
    fixture.simulator.uploadGate = new Promise(resolve => {
      open = resolve
    })
    await phone.run(
      `fetch('data:image/png;base64,${png.toString('base64')}').then(r => r.blob()).then(blob => { id = __wxsim.addLocal('image', blob) })`,
    )
    const localId = await phone.run('id')
    const uploaded = phone.call('uploadImage', { localId })
    await phone.control('progress').waitFor()
    const quiet = phone.call('uploadImage', { localId, isShowProgressTips: 0 })
    expect(await phone.control('progress').count()).toBe(1)
    open()
    await Promise.all([uploaded, quiet])
    expect(await phone.control('progress').count()).toBe(0)
  })

  it('that nobody has fail', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    expect(await phone.call('uploadImage', { localId: 'weixin://resourceid/none' })).toMatchObject({
      how: 'fail',
    })
    expect(await phone.call('downloadImage', { serverId: 'none' })).toMatchObject({ how: 'fail' })
    expect(await phone.call('getLocalImgData', { localId: 'none' })).toMatchObject({ how: 'fail' })
  })
})
