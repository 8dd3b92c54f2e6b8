import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import type { Phone } from './support/phone.ts'
import { shareOf, toneFile } from './support/tone.ts'
import { useFixture } from './support/use-fixture.ts'

const apis = [
  'startRecord',
  'stopRecord',
  'onVoiceRecordEnd',
  'playVoice',
  'pauseVoice',
  'stopVoice',
  'onVoicePlayEnd',
  'uploadVoice',
  'downloadVoice',
  'translateVoice',
]

/** Clients differ in the names of recordings alone, as of images. `npm run matrix` has iOS too. */
const played = process.env.LONG_RUN ? (['android', 'ios'] as const) : (['android'] as const)

describe.skipIf(!executablePath)('voice', () => {
  const fixture = useFixture(executablePath && toneFile(440))

  async function record(phone: Phone): Promise<string> {
    expect(await phone.call('startRecord')).toMatchObject({ how: 'success' })
    await phone.control('recording').getByText('0:01').waitFor()
    const { localId } = await phone.call('stopRecord')
    expect(await phone.control('recording').count()).toBe(0)
    return String(localId)
  }

  describe.each(played)('on %s', profile => {
    it('is recorded from the microphone and uploaded as PCM at 8 and at 16 kHz', async () => {
      const phone = await fixture.openPage({ profile })
      await phone.configure(apis)
      const localId = await record(phone)
      const { serverId } = await phone.call('uploadVoice', { localId })

      const voice = fixture.simulator.media.get(String(serverId))
      expect(voice?.type).toBe('voice')
      const pcm8k = voice?.bytes ?? Buffer.alloc(0)
      const pcm16k = voice?.pcm16k ?? Buffer.alloc(0)
      expect(pcm8k.length).toBeGreaterThan(8_000 * 2 * 0.8)
      expect(Math.abs(pcm16k.length - 2 * pcm8k.length)).toBeLessThan(16)
      expect(shareOf(440, pcm8k, 8_000)).toBeGreaterThan(0.9)
      expect(shareOf(440, pcm16k, 16_000)).toBeGreaterThan(0.9)
    })

    it('comes back from the server and plays to its end', async () => {
      const phone = await fixture.openPage({ profile, settings: { mic: 'canned' } })
      await phone.configure(apis)
      await phone.call('startRecord')
      const { localId } = await phone.call('stopRecord')
      const { serverId } = await phone.call('uploadVoice', { localId })
      const { localId: again } = await phone.call('downloadVoice', { serverId })
      expect(again).not.toBe(localId)
      const ended = phone.run(`new Promise(resolve => wx.onVoicePlayEnd({ complete: resolve }))`)
      expect(await phone.call('playVoice', { localId: again })).toMatchObject({ how: 'success' })
      expect(await ended).toMatchObject({ localId: again })
    })
  })

  it('is recorded as it sounds: without what improves a telephone call', async () => {
    const phone = await fixture.openPage()
    await phone.run(`getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      navigator.mediaDevices.getUserMedia = asked => (askedFor = asked, getUserMedia(asked))`)
    await phone.configure(apis)
    await phone.call('startRecord')
    expect(await phone.run('askedFor.audio')).toEqual({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    })
  })

  it('stops by itself at the limit, and tells the page', async () => {
    const phone = await fixture.openPage({ settings: { maxRecordMs: 400 } })
    await phone.configure(apis)
    const ended = phone.run<{ localId: string }>(
      `new Promise(resolve => wx.onVoiceRecordEnd({ complete: resolve }))`,
    )
    await phone.call('startRecord')
    const { localId } = await ended
    expect(await phone.call('uploadVoice', { localId })).toMatchObject({ how: 'success' })
    expect(await phone.call('stopRecord')).toMatchObject({ how: 'fail', errMsg: 'stopRecord:not recording' })
  })

  it('is the built-in tune where there is no microphone', async () => {
    const phone = await fixture.phone()
    await phone.page.addInitScript(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'))`,
    )
    await phone.page.goto(`${fixture.site.url}/?scripts=/wechat/jweixin.js`)
    await phone.configure(apis)
    await phone.call('startRecord')
    expect(await phone.control('recording').textContent()).toContain('示例音乐')
    const { localId } = await phone.call('stopRecord')
    const { serverId } = await phone.call('uploadVoice', { localId })
    const pcm = fixture.simulator.media.get(String(serverId))?.bytes ?? Buffer.alloc(0)
    expect(pcm.some(byte => byte !== 0)).toBe(true)
  })

  it('is not recorded after a refusal, whoever refuses', async () => {
    const preset = await fixture.openPage({ settings: { mic: 'deny' } })
    await preset.configure(apis)
    expect(await preset.call('startRecord')).toMatchObject({ how: 'cancel' })

    const refusing = await fixture.phone()
    await refusing.page.addInitScript(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`,
    )
    await refusing.page.goto(`${fixture.site.url}/?scripts=/wechat/jweixin.js`)
    await refusing.configure(apis)
    expect(await refusing.call('startRecord')).toMatchObject({ how: 'cancel' })
    expect(await refusing.run('__wxsim.state.recording')).toBe(false)
  })

  it('is recorded once at a time', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    await phone.call('startRecord')
    expect(await phone.call('startRecord')).toMatchObject({ how: 'fail' })
  })

  it('can be paused, resumed and stopped', async () => {
    const phone = await fixture.openPage({ settings: { mic: 'canned' } })
    await phone.configure(apis)
    await phone.call('startRecord')
    const { localId } = await phone.call('stopRecord')
    await phone.run(`ends = 0; wx.onVoicePlayEnd({ complete: () => ends++ })`)
    expect(await phone.call('pauseVoice', { localId })).toMatchObject({ how: 'fail' })
    await phone.call('playVoice', { localId })
    expect(await phone.call('pauseVoice', { localId })).toMatchObject({ how: 'success' })
    await phone.call('playVoice', { localId })
    expect(await phone.call('stopVoice', { localId })).toMatchObject({ how: 'success' })
    expect(await phone.call('stopVoice', { localId })).toMatchObject({ how: 'fail' })
    await phone.call('playVoice', { localId })
    await phone.page.waitForFunction('ends > 0')
    expect(await phone.run('ends')).toBe(1)
  })

  it('of nobody fails', async () => {
    const phone = await fixture.openPage()
    await phone.configure(apis)
    for (const api of ['playVoice', 'uploadVoice', 'translateVoice']) {
      expect(await phone.call(api, { localId: 'none' })).toMatchObject({ how: 'fail' })
    }
    expect(await phone.call('downloadVoice', { serverId: 'none' })).toMatchObject({ how: 'fail' })
  })
})
