import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { type StartedScript, startScript } from './support/started-script.ts'
import { addPhoto, addVoice, chooseWhoToBe, visit, writeLetter } from './support/walk.ts'

const restarts = process.env.LONG_RUN ? 10 : 1
/** The promise is 5 seconds. A loaded machine needs more than that for the browser alone. */
const backWithinMs = process.env.LONG_RUN ? 5_000 : 20_000

let folder: string

describe.skipIf(!executablePath)('npm start, stopped and started in the middle of a visit', () => {
  const chromium = useBrowser()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
  })

  afterAll(async () => {
    rmSync(folder, { recursive: true })
  })

  it(`keeps login, draft, pictures and clock over ${restarts} restart(s), and then seals`, {
    timeout: 240_000,
  }, async () => {
    let capsule = await startScript({ PORT: '0', DATA_DIR: folder })
    const env = { PORT: new URL(capsule.url).port, DATA_DIR: folder }
    const { page } = await visit(chromium.browser, {
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'no-preference',
    })
    const phone = await beginLetter(page, capsule)

    for (let round = 1; round <= restarts; round += 1) {
      await addAnotherPhoto(phone, round)
      const before = await readSimulator(capsule)
      await capsule.stop()
      await page.getByText('模拟器已停止').waitFor()

      capsule = await startScript(env)
      const startedAt = performance.now()
      await page.getByText('实时更新').waitFor({ timeout: backWithinMs })
      console.info(`restart ${round}: the tab is back after ${Math.round(performance.now() - startedAt)} ms`)

      const after = await readSimulator(capsule)
      expect(after.now).toBeGreaterThanOrEqual(before.now)
      expect(after.media).toEqual(before.media)
      await seeDraft(page, phone)
    }

    await phone.getByRole('button', { name: '十年后' }).click()
    await phone.getByRole('button', { name: '封存这封信' }).click()
    await phone.getByRole('heading', { name: '封好了' }).waitFor()
    await phone.getByRole('link', { name: '好' }).click()
    await phone.getByText(/还有 365\d 天/).waitFor()
    await page.context().close()
    await capsule.stop()
  })
})

/** Logs in, lets two hours pass, and leaves a letter with a voice unsealed. */
async function beginLetter(page: Page, capsule: StartedScript): Promise<FrameLocator> {
  await page.goto(`${capsule.entrance}&tab=time`)
  await page.getByRole('button', { name: '+2 小时' }).click()
  const phone = page.frameLocator('iframe')
  await chooseWhoToBe(phone, '林晓雨')
  await writeLetter(phone, '还没写完')
  await addVoice(phone, 600)
  return phone
}

async function addAnotherPhoto(phone: FrameLocator, round: number): Promise<void> {
  // Of the two fields, the photograph's comes first.
  if (round > 1) await phone.getByRole('button', { name: '拿掉' }).first().click()
  await addPhoto(phone)
}

interface SimulatorSnapshot {
  now: number
  media: readonly { mediaId: string; bytes: number }[]
}

async function readSimulator({ entrance }: StartedScript): Promise<SimulatorSnapshot> {
  const answer = await fetch(new URL('/simulator/dashboard', entrance))
  return (await answer.json()) as SimulatorSnapshot
}

/** Reloads the page in the phone: everything that it shows then comes from the new processes. */
async function seeDraft(page: Page, phone: FrameLocator): Promise<void> {
  await page.getByRole('button', { name: '刷新' }).click()
  await expect
    .poll(() => phone.getByRole('textbox', { name: '信' }).inputValue(), { timeout: 20_000 })
    .toBe('还没写完')
  const photo = phone.getByRole('img', { name: '照片' })
  await expect
    .poll(() => photo.evaluate(image => (image as unknown as { naturalWidth: number }).naturalWidth), {
      timeout: 20_000,
    })
    .toBeGreaterThan(100)
  await phone.getByRole('button', { name: '播放声音' }).waitFor()
}
