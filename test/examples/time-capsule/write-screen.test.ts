import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disposable, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BridgeSettings } from '../../../src/simulator/protocol/bridge.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { type StartedScript, startScript } from './support/started-script.ts'
import { addPhoto, addVoice, chooseWhoToBe, visit } from './support/walk.ts'

let folder: string
let capsule: StartedScript
/** One person's, for all tests: only the first one logs in. */
let page: Page
let settingsScript: Disposable | undefined

describe.skipIf(!executablePath)('writing, where not everything goes well', { timeout: 120_000 }, () => {
  const chromium = useBrowser()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
    capsule = await startScript({ PORT: '0', DATA_DIR: folder })
    page = (await visit(chromium.browser)).page
    await page.goto(capsule.url)
    await chooseWhoToBe(page, '林晓雨')
    await page.getByRole('link', { name: '写一封信' }).waitFor()
  })

  afterEach(() => page.unrouteAll({ behavior: 'ignoreErrors' }))

  afterAll(async () => {
    await capsule.stop()
    rmSync(folder, { recursive: true })
  })

  /** A screen without a draft. The tests change what is requested by routes of `page`. */
  async function openWriteScreen(settings: BridgeSettings = {}): Promise<void> {
    // From another document of the origin, because the screen keeps the draft, and other screens have its path.
    await page.goto(`${capsule.url}/icon.svg`)
    await page.evaluate(() => sessionStorage.clear())
    await settingsScript?.dispose()
    settingsScript = await page.addInitScript(`window.__wxsimConfig = ${JSON.stringify(settings)}`)
    await page.goto(`${capsule.url}/#/write`)
    await page.getByRole('textbox', { name: '信' }).fill('一封信')
  }

  it('a recording that WeChat ends after its minute is kept', async () => {
    await openWriteScreen({ maxRecordMs: 900 })
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByText('声音录好了').waitFor()
    await page.getByRole('button', { name: '播放声音' }).waitFor()
  })

  it('without the microphone there is a reason, and the letter is sealed all the same', async () => {
    await openWriteScreen({ mic: 'deny' })
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByText('没有使用麦克风的权限').waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
  })

  it('what was taken out again is not sealed', async () => {
    await openWriteScreen()
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
  })

  it('nothing is sealed while a recording is under way, and the page says what to do', async () => {
    await openWriteScreen()
    await page.getByRole('button', { name: '录一段声音' }).click()
    await page.getByRole('button', { name: /正在录音/ }).waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByText('还在录音，请先结束录音').waitFor()
  })

  it('a failed upload leaves the place empty and says so, and a refused seal can be tried again', async () => {
    await openWriteScreen()
    await page.route('**/wechat/offiaccount/media?*', route =>
      route.fulfill({ status: 504, json: { status: 504, msg: '微信暂时没有响应', data: null } }),
    )
    await page.getByRole('button', { name: '放一张照片' }).click()
    await page.getByTestId('wxsim-sample-1').click()
    await page.getByTestId('wxsim-done').click()
    await page.getByText('微信暂时没有响应').waitFor()
    await page.getByRole('button', { name: '放一张照片' }).waitFor()

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
  })

  it('a page that WeChat does not accept still takes a letter', async () => {
    await page.route('**/wechat/jweixin.js', route => route.abort())
    await openWriteScreen()
    await page.getByText('照片和声音暂时用不了').waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
  })

  it('a tap while wx.config is under way says so at once, and then goes on', async () => {
    let release = () => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route('**/wechat/offiaccount/jssdk', async route => {
      await gate
      await route.continue()
    })
    await openWriteScreen()
    await page.getByRole('button', { name: '放一张照片' }).click()
    await page.getByRole('button', { name: '录一段声音' }).click()
    await expect.poll(() => page.getByText('正在连接微信…').count()).toBe(2)
    expect(await page.locator('.photo-field .slot').isDisabled()).toBe(true)
    release()
    await page.getByTestId('wxsim-images').waitFor()
  })

  it('distinguishes a server without a signature from a refusal of WeChat', async () => {
    await page.route('**/wechat/offiaccount/jssdk', route =>
      route.fulfill({ status: 504, json: { status: 504, msg: '微信响应超时', data: null } }),
    )
    await openWriteScreen()
    const notice = page.getByRole('note')
    await expect.poll(() => notice.textContent()).toContain('服务器没有给出页面签名')
    expect(await notice.locator('.for-developers').textContent()).toContain('answered 504')
    await page.getByRole('button', { name: '放一张照片' }).click()
    await expect.poll(() => page.locator('#toast').textContent()).toContain('服务器没有给出页面签名')

    await page.unroute('**/wechat/offiaccount/jssdk')
    await notice.getByRole('button', { name: '再试一次' }).click()
    await notice.waitFor({ state: 'hidden' })

    const presets = { config: { err_msg: 'pre_verify_jsapi:fail_invalid signature' } }
    await openWriteScreen({ presets })
    await expect.poll(() => notice.textContent()).toContain('微信没有认可这个页面的签名')
  })

  it('refuses an empty letter by a message that takes no tap and goes with its screen', async () => {
    await openWriteScreen()
    await page.getByRole('textbox', { name: '信' }).fill('')
    await page.getByRole('button', { name: '封存这封信' }).click()
    const toast = page.locator('#toast')
    await toast.filter({ hasText: '先写点什么吧' }).waitFor()
    const below = await toast.evaluate(element => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return document.elementFromPoint(left + width / 2, top + height / 2)?.id
    })
    expect(below).not.toBe('toast')
    await page.getByRole('link', { name: '返回' }).click()
    await page.getByRole('link', { name: '写一封信' }).waitFor()
    expect(await toast.isVisible()).toBe(false)
  })

  it('a reload keeps the photograph and the voice too, and both are sealed', async () => {
    await openWriteScreen()
    await addPhoto(page)
    await addVoice(page, 600)
    await page.reload()
    const photo = page.getByRole('img', { name: '照片' })
    await photo.waitFor()
    await page.getByRole('button', { name: /播放声音/ }).click()
    await page.locator('.bubble.playing').waitFor()
    const sent = page.waitForRequest(
      request => request.method() === 'POST' && /capsules$/.test(request.url()),
    )
    await page.getByRole('button', { name: '封存这封信' }).click()
    const body = (await sent).postDataJSON()
    expect(body).toMatchObject({ imageServerId: expect.any(String), voiceServerId: expect.any(String) })
    await page.getByRole('heading', { name: '封好了' }).waitFor()
  })

  it('a photograph that WeChat has deleted is named, taken out, and the rest is sealed', async () => {
    await openWriteScreen()
    await addPhoto(page)
    // Media live for three days.
    await page.evaluate(() =>
      fetch('/api/time-travel', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ days: 4 }),
      }),
    )
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByText('照片在微信上已过期，请重新放一张').waitFor()
    await page.getByRole('button', { name: '放一张照片' }).waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByRole('heading', { name: '封好了' }).waitFor()
  })

  it('the button that seals names the day, and a letter in Arabic stands from right to left', async () => {
    await openWriteScreen()
    const button = page.getByRole('button', { name: '封存这封信' })
    const { year } = await page.evaluate(() => {
      const [year = ''] = (document.querySelector('input[type=date]') as HTMLInputElement).value.split('-')
      return { year }
    })
    expect(await button.textContent()).toMatch(new RegExp(`${year}年.*开启`))
    await page.getByRole('button', { name: '明天' }).click()
    const day = await page.getByLabel('开启的日子').inputValue()
    expect(await button.textContent()).toContain(`${Number(day.split('-')[2])}日 开启`)

    const letter = page.getByRole('textbox', { name: '信' })
    await letter.fill('رسالة إلى نفسي')
    expect(await letter.evaluate(element => getComputedStyle(element).direction)).toBe('rtl')
  })

  it('words survive a reload and a wrong step back, and too long a letter is not cut', async () => {
    await openWriteScreen()
    const letter = page.getByRole('textbox', { name: '信' })
    await letter.fill('还没写完')
    await page.reload()
    expect(await letter.inputValue()).toBe('还没写完')
    await page.getByRole('link', { name: '返回' }).click()
    await page.getByRole('link', { name: '写一封信' }).click()
    expect(await letter.inputValue()).toBe('还没写完')

    await letter.fill('长'.repeat(5_001))
    await page.getByText('5001 / 5000').waitFor()
    await page.getByRole('button', { name: '封存这封信' }).click()
    await page.getByText('信太长了').waitFor()
    expect((await letter.inputValue()).length).toBe(5_001)
    await letter.fill('长'.repeat(4_600))
    await page.getByText('4600 / 5000').waitFor()
    await letter.fill('短')
    await page.getByText('/ 5000').waitFor({ state: 'hidden' })
  })

  it('English readers get the reason in English', async () => {
    const storageState = await page.context().storageState()
    const { page: english } = await visit(chromium.browser, { locale: 'en-US', storageState })
    await english.goto(`${capsule.url}/#/write`)
    for (const [status, errcode, reason] of [
      [429, 45009, 'Too many requests to WeChat'],
      [504, null, 'WeChat takes too long to answer'],
      [504, -1, 'WeChat is busy'],
    ] as const) {
      await english.route('**/wechat/offiaccount/media?*', route =>
        route.fulfill({
          status,
          json: { status, msg: '微信的原因', data: errcode === null ? null : { errcode } },
        }),
      )
      await english.getByRole('button', { name: 'Add a photograph' }).click()
      await english.getByTestId('wxsim-sample-1').click()
      await english.getByTestId('wxsim-done').click()
      await english.getByText(reason).waitFor()
    }
    await english.context().close()
  })
})
