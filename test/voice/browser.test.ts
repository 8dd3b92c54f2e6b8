import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { findService } from '../../scripts/services.js'
import { type ConvertVoiceOptions, convertVoice } from '../../src/voice/index.ts'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { amrClip, speexClip } from './clips.ts'

const ffmpegPath = findService('ffmpeg')
if (!ffmpegPath) console.warn('voices in a browser: ffmpeg is not on this machine, its clips are skipped')

const clips = [
  ...(['mp3', 'wav', 'ogg'] as const).flatMap(format => [
    { codec: 'AMR', format, engine: 'javascript' as const, recording: amrClip('12.2') },
    { codec: 'AMR', format, engine: 'ffmpeg' as const, recording: amrClip('12.2') },
    { codec: 'speex', format, engine: 'ffmpeg' as const, recording: speexClip() },
  ]),
].filter(({ engine }) => engine !== 'ffmpeg' || ffmpegPath)

describe.skipIf(!executablePath)('in Chromium', () => {
  const chromium = useBrowser()
  let page: Page

  beforeAll(async () => {
    page = await chromium.browser.newPage()
  })

  it.each(clips)('$codec as $format by $engine plays to its end', async ({ format, engine, recording }) => {
    const options: ConvertVoiceOptions = { format, engine, ...(ffmpegPath ? { ffmpegPath } : {}) }
    const { data, contentType, durationSeconds } = await convertVoice(recording, options)
    const played = await playInPage(page, `data:${contentType};base64,${data.toString('base64')}`)
    expect(played.error).toBe('')
    expect(Math.abs(played.seconds - durationSeconds)).toBeLessThan(0.15)
    // Waves counted in what the browser itself decoded.
    expect(Math.abs(played.hertz - 440)).toBeLessThan(3)
  })

  it('a recording as it came does not play, which is why it is converted', async () => {
    const played = await playInPage(page, `data:audio/amr;base64,${amrClip('12.2').toString('base64')}`)
    expect(played.error).not.toBe('')
  })
})

function playInPage(page: Page, url: string): Promise<{ seconds: number; hertz: number; error: string }> {
  return page.evaluate(playAndMeasure, url)
}

/** Runs in the page. */
async function playAndMeasure(url: string) {
  // The page's globals, of which TypeScript knows nothing here.
  const { Audio, OfflineAudioContext } = globalThis as unknown as PageGlobals
  const audio = new Audio(url)
  // A clip of a second and a half is over in less than half a second, and its end is at the same position.
  audio.playbackRate = 4
  const error = await new Promise<string>(resolve => {
    audio.onended = () => resolve('')
    audio.onerror = () => resolve(`cannot play: ${audio.error?.message}`)
    audio.play().catch(reason => resolve(String(reason)))
  })
  if (error) return { seconds: 0, hertz: 0, error }

  const bytes = await (await fetch(url)).arrayBuffer()
  const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes)
  const samples = sound.getChannelData(0).subarray(4_000, 20_000)
  let waves = 0
  for (let index = 1; index < samples.length; index += 1) {
    if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) waves += 1
  }
  return { seconds: audio.currentTime, hertz: waves / (samples.length / 16_000), error }
}

interface PageGlobals {
  Audio: new (
    url: string,
  ) => {
    play(): Promise<void>
    playbackRate: number
    currentTime: number
    error: { message: string } | null
    onended: () => void
    onerror: () => void
  }
  OfflineAudioContext: new (
    channels: number,
    length: number,
    sampleRate: number,
  ) => { decodeAudioData(bytes: ArrayBuffer): Promise<{ getChannelData(channel: number): Float32Array }> }
}
