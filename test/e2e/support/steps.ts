import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Phone } from '../../simulator/bridge/support/phone.ts'
import { shareOf } from '../../simulator/bridge/support/tone.ts'
import { type Box, choosePerson } from './journey.ts'

export const apis = ['chooseImage', 'uploadImage', 'startRecord', 'stopRecord', 'uploadVoice', 'scanQRCode']

// One pixel, so that bytes can be compared.
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

export async function openApp(phone: Phone, { app }: Box, path = '/public'): Promise<void> {
  await phone.page.goto(app.url + path)
  await ready(phone)
}

export async function ready({ page }: Phone): Promise<void> {
  await page.waitForFunction(() => 'configure' in window)
}

export async function logIn(phone: Phone, box: Box): Promise<void> {
  await phone.page.goto(`${box.app.url}/`)
  await choosePerson(phone.page, '林晓雨')
  await isLoggedIn(phone, box)
}

export async function isLoggedIn(phone: Phone, box: Box): Promise<void> {
  await ready(phone)
  const openid = await phone.page.locator('body').getAttribute('data-openid')
  expect(openid).toBe(box.simulator.people.get('lin-xiaoyu')?.openid)
}

export async function photograph(phone: Phone, box: Box): Promise<void> {
  const chosen = phone.call('chooseImage', { count: 1 })
  await phone.control('file').setInputFiles({ name: 'one.png', mimeType: 'image/png', buffer: png })
  const { localIds } = await chosen
  const [localId] = localIds as string[]
  const { serverId } = await phone.call('uploadImage', { localId })
  expect(await fetchMedia(box, serverId)).toEqual({ contentType: 'image/png', bytes: png })
}

export async function speak(phone: Phone, box: Box): Promise<void> {
  expect(await phone.call('startRecord')).toMatchObject({ how: 'success' })
  await phone.control('recording').getByText('0:01').waitFor()
  const { localId } = await phone.call('stopRecord')
  const { serverId } = await phone.call('uploadVoice', { localId })

  const { contentType, bytes } = await fetchMedia(box, serverId)
  expect(contentType).toBe('audio/amr')
  expect(bytes.subarray(0, 6).toString()).toBe('#!AMR\n')
  const played = await fetch(`${box.simulator.url}/simulator/page/media/${serverId}?format=wav`)
  const pcm = Buffer.from(await played.arrayBuffer()).subarray(44)
  expect(pcm.length).toBeGreaterThan(8_000)
  expect(shareOf(440, pcm, 8_000)).toBeGreaterThan(0.8)
}

/** Whatever differs from what was signed, the phone notices. */
export async function refusesWrongSignatures(phone: Phone): Promise<void> {
  const signature = createHash('sha1').update('another text').digest('hex')
  for (const change of [{ signature }, { nonceStr: 'another' }, { timestamp: 1 }]) {
    expect(await phone.configure(apis, change)).toBe('config:invalid signature')
    await phone.page.reload()
    await ready(phone)
  }
}

/** As the back end of the app gets it, which asks WeChat with the account's token. */
async function fetchMedia({ app }: Box, mediaId: unknown): Promise<{ contentType: string; bytes: Buffer }> {
  const query = new URLSearchParams({ media_id: String(mediaId) })
  const response = await fetch(`${app.url}/wechat/offiaccount/media?${query}`)
  const { media_data, content_type } = (await response.json()) as Record<string, string>
  return { contentType: content_type ?? '', bytes: Buffer.from(media_data ?? '', 'base64') }
}
