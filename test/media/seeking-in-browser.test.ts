// @express 5 alone: the subject is what Chromium does with the ranges of an answer; send/ranges.test.ts holds these
// answers, to the byte, on both majors.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { type MediaSite, startMediaSite } from '../support/media-site.ts'
import { amrClip } from '../voice/clips.ts'

describe.skipIf(!executablePath)('an <audio> in Chromium', () => {
  const chromium = useBrowser()
  let site: MediaSite
  beforeAll(async () => {
    site = await startMediaSite({}, app => {
      app.get('/page', (_req, res) => {
        res.send('<!doctype html><title>voice</title>')
      })
    })
  })
  afterAll(() => site?.close())

  it.each(['mp3', 'wav'])('seeks ten times in a voice as %s, for one call to WeChat', async format => {
    const clip = amrClip('12.2')
    const data = Buffer.concat([clip, ...Array.from({ length: 20 }, () => clip.subarray(6))])
    const mediaId = site.wechat.uploadMedia({ type: 'voice', data })
    site.wechat.history.clear()
    const page = await chromium.browser.newPage()
    const partial: string[] = []
    page.on('response', response => {
      if (response.status() === 206) partial.push(response.headers()['content-range'] ?? '')
    })
    await page.goto(new URL('/page', site.url).href)

    const { duration, positions, seekable } = await page.evaluate(
      seekTenTimes,
      `/media?media_id=${mediaId}&format=${format}`,
    )

    const wanted = Array.from({ length: 10 }, (_, i) => duration * (((i * 7) % 10) / 10))
    expect(duration).toBeGreaterThan(10)
    expect(seekable).toBeCloseTo(duration, 0)
    for (const [i, position] of positions.entries()) expect(position).toBeCloseTo(wanted[i] ?? Number.NaN, 1)
    expect(positions).toHaveLength(10)
    expect(partial.length).toBeGreaterThan(0)
    expect(site.asked()).toBe(1)
    await page.close()
  })
})

/** Runs in the page. Without ranges Chromium sets `currentTime` back to 0. */
async function seekTenTimes(url: string) {
  // The page's globals, of which TypeScript knows nothing here.
  const { Audio } = globalThis as unknown as PageGlobals
  const audio = new Audio()
  const happens = (name: string) =>
    new Promise<void>((resolve, reject) => {
      audio.addEventListener(name, () => resolve(), { once: true })
      audio.addEventListener('error', () => reject(new Error(audio.error?.message)), { once: true })
    })
  audio.preload = 'auto'
  audio.src = url
  await happens('loadedmetadata')
  const positions: number[] = []
  for (let i = 0; i < 10; i++) {
    const seeked = happens('seeked')
    audio.currentTime = audio.duration * (((i * 7) % 10) / 10)
    await seeked
    positions.push(audio.currentTime)
  }
  return { duration: audio.duration, positions, seekable: audio.seekable.end(0) }
}

interface PageGlobals {
  Audio: new () => {
    preload: string
    src: string
    currentTime: number
    duration: number
    seekable: { end(index: number): number }
    error: { message: string } | null
    addEventListener(name: string, listener: () => void, options: { once: boolean }): void
  }
}
