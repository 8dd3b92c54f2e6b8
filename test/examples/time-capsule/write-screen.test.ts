import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StartedScript, startScript } from './support/started-script.ts'
import { addPhoto, addVoice, chooseWhoToBe, executablePath, launchBrowser, visit } from './support/walk.ts'

let folder: string
let browser: Browser
let capsule: StartedScript

describe.skipIf(!executablePath)('writing, where not everything goes well', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
    browser = await launchBrowser()
    capsule = await startScript({ PORT: '0', DATA_DIR: folder })
  })

  afterAll(async () => {
    await browser.close()
    await capsule.stop()
    rmSync(folder, { recursive: true })
  })

  async function openWriteScreen(settings: Record<string, unknown> = {}): Promise<Page> {
    const { page } = await visit(browser)
    await page.addInitScript(`window.__wxsimConfig = ${JSON.stringify(settings)}`)
    await page.goto(capsule.url)
    await chooseWhoToBe(page, '林晓雨')
    await page.getByRole('link', { name: '写一封信' }).click()
    await page.getByRole('textbox', { name: '信' }).fill('一封信')
    return page
  }

  test('a recording that WeChat ends after its minute is kept', async () => {
    const page = await openWriteScreen({ maxRecordMs: 900 })
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByText('声音录好了').waitFor()
    await page.getByRole('button', { name: '播放声音' }).waitFor()
    await page.context().close()
  })

  test('without the microphone there is a reason, and the letter is sealed all the same', async () => {
    const page = await openWriteScreen({ mic: 'deny' })
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByText('没有使用麦克风的权限').waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
    await page.context().close()
  })

  test('what was taken out again is not sealed', async () => {
    const page = await openWriteScreen()
    await addPhoto(page)
    await addVoice(page, 600)
    await page.getByRole('button', { name: '拿掉' }).first().click()
    const sent = page.waitForRequest(
      request => request.method() === 'POST' && /capsules$/.test(request.url()),
    )
    await page.getByRole('button', { name: '封存这封信' }).click()
    const body = (await sent).postDataJSON()
    expect(body).not.toHaveProperty('imageServerId')
    expect(body).toHaveProperty('voiceServerId')
    await page.context().close()
  })

  test('nothing is sealed while a recording is under way', async () => {
    const page = await openWriteScreen()
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByRole('button', { name: /正在录音/ }).waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByText('照片或声音还没放好').waitFor()
    await page.context().close()
  })

  test('a failed upload leaves the place empty, and says so', async () => {
    const page = await openWriteScreen()
    await page.route('**/wechat/offiaccount/media?*', route =>
      route.fulfill({ status: 504, json: { status: 504, msg: '微信暂时没有响应', data: null } }),
    )
    await page.getByRole('button', { name: '放一张照片' }).click()
    await page.getByTestId('wxsim-sample-1').click()
    await page.getByTestId('wxsim-done').click()
    await page.getByText('微信暂时没有响应').waitFor()
    await page.getByRole('button', { name: '放一张照片' }).waitFor()
    await page.context().close()
  })

  test('a page that WeChat does not accept still takes a letter', async () => {
    const { page } = await visit(browser)
    await page.route('**/wechat/jweixin.js', route => route.abort())
    await page.goto(capsule.url)
    await chooseWhoToBe(page, '林晓雨')
    await page.getByRole('link', { name: '写一封信' }).click()
    await page.getByText('照片和声音暂时用不了').waitFor()
    await page.getByRole('textbox', { name: '信' }).fill('只有字')
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
    await page.context().close()
  })

  test('a seal that the server refuses can be tried again', async () => {
    const page = await openWriteScreen()
    let refusals = 0
    await page.route('**/api/capsules', async route => {
      if (route.request().method() === 'GET' || refusals++ > 0) return route.continue()
      return route.abort()
    })
    const button = page.getByRole('button', { name: '封存这封信' })
    await button.click()
    await page.getByText('网络不通').waitFor()
    await button.click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
    await page.context().close()
  })
})
