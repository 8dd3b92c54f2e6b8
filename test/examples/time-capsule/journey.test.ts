import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { profiles } from '../../../src/simulator/protocol/bridge.ts'
import { forbidPointer, logInByKeyboard, tabTo } from '../../e2e/support/keyboard.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { type StartedScript, startScript } from './support/started-script.ts'
import { addPhoto, addVoice, chooseWhoToBe, playVoice, visit, writeLetter } from './support/walk.ts'

/** The phone whose answers have the most forms. `npm run matrix` walks through all. */
const walked = process.env.LONG_RUN ? profiles : (['harmony'] as const)

/**
 * The person of each profile's journey. All are different, because a journey must begin without a capsule. The test by
 * keyboard logs in as the first person in the list, 林晓雨.
 */
const visitors = { android: '王建国', ios: '陈思远', desktop: '赵敏', harmony: '欧阳雪', devtools: '何苗' }

let folder: string
let capsule: StartedScript

describe.skipIf(!executablePath)('the whole journey in Chromium', { timeout: 120_000 }, () => {
  const chromium = useBrowser()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
    capsule = await startScript({ PORT: '0', DATA_DIR: folder })
  })

  afterAll(async () => {
    await capsule.stop()
    rmSync(folder, { recursive: true })
  })

  it.each(walked)(
    'on %s: write, photograph, record, seal, wait, open, and no capsule of others',
    async profile => {
      const { page, errors } = await visit(chromium.browser)
      // Of the two forms that a HarmonyOS phone may send, the one that the official script does not decode.
      await page.addInitScript(`window.__wxsimConfig = { profile: '${profile}', harmonyEncoding: 'text' }`)
      await page.goto(capsule.url)
      await chooseWhoToBe(page, visitors[profile])
      await page.getByRole('heading', { name: '还没有胶囊' }).waitFor()

      const letter = `写给${profile}\n“未来” <b>你好</b> 👋`
      await writeLetter(page, letter)
      await addPhoto(page)
      await addVoice(page)
      await page.getByRole('button', { name: '一年后' }).click()
      await page.getByRole('button', { name: '封存这封信' }).click()
      await page.getByRole('heading', { name: '封好了' }).waitFor()
      await page.getByRole('link', { name: '好' }).click()

      await page.getByRole('link', { name: /还有 36\d 天/ }).click()
      // A year is more than the three days for which WeChat keeps media.
      await page.getByRole('button', { name: '把时间拨到那一天' }).click()
      await page.getByRole('button', { name: '拆开' }).click()

      await page.locator('.letter-text').waitFor()
      expect(await page.locator('.letter-text').textContent()).toBe(letter)
      const photo = page.locator('figure').getByRole('img', { name: '照片' }).first()
      await expect.poll(() => photo.evaluate(widthOf)).toBeGreaterThan(100)
      await page.getByRole('button', { name: '放大照片' }).click()
      await page.getByRole('dialog', { name: '照片' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: '播放声音' }).click()
      const { played, duration } = await playVoice(page)
      expect(played).toBeGreaterThan(0.1)
      expect(duration).toBeGreaterThan(1)

      await page.getByRole('link', { name: '返回' }).click()
      await page.getByText('幕后').click()
      await expect.poll(() => page.locator('#signing').textContent()).toContain('✓')
      expect(await page.locator('#openid').textContent()).toMatch(/^osim_/)
      expect(await page.locator('#media').textContent()).toMatch(/✓.*KB，image\/jpeg/)
      await page.goto(`${capsule.url}/#/capsule/00000000-0000-4000-8000-000000000000`)
      await page.getByText('没有找到这个胶囊').waitFor()
      expect(errors).toEqual([])
      await page.context().close()
    },
  )

  it('works by keyboard alone, in English if the browser asks for it', async () => {
    const { page } = await visit(chromium.browser, { locale: 'en-US' })
    const assertNoPointer = await forbidPointer(page.context())
    await page.goto(capsule.url)
    await page.getByRole('link', { name: 'Log in with WeChat' }).waitFor()
    await tabTo(page, 'a[href="/enter"]')
    await page.keyboard.press('Enter')
    await logInByKeyboard(page, page)
    await page.getByRole('link', { name: 'Write a letter' }).waitFor()
    await tabTo(page, 'a[href="#/write"]')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Letter' }).waitFor()
    await tabTo(page, 'textarea')
    await page.keyboard.type('Hello')
    await tabTo(page, '.chips button')
    await page.keyboard.press('Space')
    await tabTo(page, '.action-bar button')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sealed' }).waitFor()
    await tabTo(page, '.sealed-notice a')
    await page.keyboard.press('Enter')
    await page.getByText('1 day to go').waitFor()
    assertNoPointer()
    await page.context().close()
  })
})

/** Zero for a picture that could not be shown. */
function widthOf(image: unknown): number {
  return (image as { naturalWidth: number }).naturalWidth
}
