import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readShownCode, type ShownCode, wrongDigits } from '../login/scan/support/scan.ts'
import { type ScanRig, startScanRig } from '../login/scan/support/scan-rig.ts'
import { Phone } from '../simulator/bridge/support/phone.ts'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { redisProgram } from '../support/redis-server.ts'
import { choosePerson, keepPicture, openPhone } from './support/journey.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const COMPUTER: BrowserContextOptions = {
  locale: 'zh-CN',
  viewport: { width: 1280, height: 800 },
  reducedMotion: 'reduce',
}
const NARROW = { width: 320, height: 640 }

/** The pages are the same on both, which `npm run matrix` shows for each; here iOS has one test further below. */
const phones = process.env.LONG_RUN ? (['android', 'ios'] as const) : (['android'] as const)

/** English has the longer words, for which a narrow window may have no room; `npm run matrix` has Chinese, too. */
const locales = process.env.LONG_RUN ? ['zh-CN', 'en-US'] : ['en-US']

/** Each request goes to the other one of two processes. */
describe.skipIf(!executablePath || !redisProgram)('a login on a computer, over two processes', () => {
  const chromium = useBrowser()
  let rig: ScanRig
  beforeAll(async () => {
    rig = await startScanRig()
  })
  afterAll(() => rig?.close())

  // Two browsers for all tests, because a new one takes as long as its page. Each test begins without cookies.
  let computer: Page
  let android: Phone
  const complaints: string[] = []
  /** What the console may complain of in one test. */
  let expected = /^$/
  beforeAll(async () => {
    computer = await openComputer()
    android = await Phone.open(chromium.browser)
    android.context.setDefaultTimeout(20_000)
  })
  afterEach(async () => {
    for (const page of [computer, android.page]) {
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      await page.goto('about:blank')
      await page.context().clearCookies()
    }
    const found = [...complaints.splice(0).filter(text => !expected.test(text)), ...android.errors.splice(0)]
    expected = /^$/
    expect(found).toEqual([])
  })

  /** What its console complains of fails the test. */
  async function openComputer(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await chromium.browser.newContext({ ...COMPUTER, ...options })
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('request', request => {
      if (!/^(?:http:\/\/127\.0\.0\.1:|data:|about:)/.test(request.url())) complaints.push(request.url())
    })
    return page
  }

  const phoneOf = async (profile: 'android' | 'ios') =>
    profile === 'android' ? android : openPhone(chromium.browser, { profile })

  async function showCode(page = computer): Promise<ShownCode> {
    await page.goto(`${rig.origin}/page`)
    await page.locator('.code svg').waitFor()
    return readCode(page)
  }

  async function readCode(page = computer): Promise<ShownCode> {
    return readShownCode({ text: await page.content(), url: page.url() } as never)
  }

  async function scan({ page }: Phone, { ticketUrl }: ShownCode, nickname?: string): Promise<void> {
    await page.goto(ticketUrl)
    if (nickname !== undefined) await choosePerson(page, nickname)
    await page.getByLabel('两位数字').waitFor()
  }

  async function enter({ page }: Phone, digits: string): Promise<void> {
    await page.getByLabel('两位数字').fill(digits)
    await page.keyboard.press('Enter')
  }

  const says = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor()
  const openidOf = (id: string) => rig.wechat.people.get(id)?.openid
  const sessionOf = async (page: Page) =>
    (await page.context().cookies()).find(({ name }) => name === 'connect.sid')?.value

  describe.each(phones)('by a phone of %s', profile => {
    it('that is not logged in is confirmed, named, and goes on to the page', async () => {
      const phone = await phoneOf(profile)
      const code = await showCode()
      await keepPicture(computer, `scan-computer-waiting-${profile}`)
      await scan(phone, code, '王建国')
      await says(computer, '已扫码')
      await keepPicture(phone.page, `scan-phone-form-${profile}`)
      await keepPicture(computer, `scan-computer-opened-${profile}`)
      await enter(phone, code.digits)
      await phone.page.getByRole('heading', { name: '已确认' }).waitFor()
      await keepPicture(phone.page, `scan-phone-confirmed-${profile}`)
      await says(computer, '已登录为 微信用户')
      await keepPicture(computer, `scan-computer-done-${profile}`)
      const proceed = computer.getByRole('link', { name: '继续' })
      expect(await proceed.evaluate(element => element === document.activeElement)).toBe(true)
      await computer.keyboard.press('Enter')
      await computer.waitForURL(/\/page#?$/)
      expect(await computer.locator('#openid').textContent()).toBe(openidOf('wang-jianguo'))
    })

    it('that is logged in already is asked for the digits at once', async () => {
      const phone = await phoneOf(profile)
      await phone.page.goto(`${rig.origin}/page`)
      await choosePerson(phone.page, '陈思远')
      await phone.page.locator('#openid').waitFor()
      const code = await showCode()
      await scan(phone, code)
      await enter(phone, wrongDigits(code))
      await phone.page.getByRole('alert').getByText('还可以再试 2 次').waitFor()
      await keepPicture(phone.page, `scan-phone-wrong-${profile}`)
      await enter(phone, code.digits)
      await phone.page.getByRole('heading', { name: '已确认' }).waitFor()
      // Without a click, the page opens by itself.
      await computer.waitForURL(/\/page#?$/)
      expect(await computer.locator('#openid').textContent()).toBe(openidOf('chen-siyuan'))
      expect(await phone.page.context().cookies()).not.toEqual(await computer.context().cookies())
    })

    it('is refused, and the computer can show another code', async () => {
      const phone = await phoneOf(profile)
      const code = await showCode()
      await scan(phone, code, '赵敏')
      await phone.page.getByRole('button', { name: '取消' }).click()
      await phone.page.getByRole('heading', { name: '已取消' }).waitFor()
      await says(computer, '手机取消了登录')
      await keepPicture(computer, `scan-computer-refused-${profile}`)
      expect(await computer.locator('.code').isVisible()).toBe(false)
      await computer.getByRole('link', { name: '刷新二维码' }).click()
      await computer.locator('.code svg').waitFor()
      expect((await readCode()).ticketUrl).not.toBe(code.ticketUrl)
    })
  })

  it('ends after three wrong numbers, on the phone and on the computer', async () => {
    const phone = android
    const code = await showCode()
    await scan(phone, code, '何苗')
    for (const offset of [1, 2, 3]) await enter(phone, wrongDigits(code, offset))
    await phone.page.getByRole('heading', { name: '二维码已失效' }).waitFor()
    await says(computer, '输错了三次')
    expect(await sessionOf(computer)).toBeUndefined()
  })

  it('is undone by "not me": the session has ended, and another code is shown', async () => {
    const phone = await openPhone(chromium.browser, { profile: 'ios' })
    const code = await showCode()
    await scan(phone, code, '林晓雨')
    await enter(phone, code.digits)
    await says(computer, '已登录为')
    const session = await sessionOf(computer)
    await computer.getByRole('button', { name: '不是我' }).click()
    await says(computer, '等待扫码')
    expect(await sessionOf(computer)).not.toBe(session)
    await computer.goto(`${rig.origin}/page`)
    await says(computer, '等待扫码')
  })

  it('says why the app refuses the person, who has confirmed', async () => {
    expected = /status of 403/
    const json = { status: 403, msg: '该账号已停用，请联系客服', data: null }
    await computer.route('**/finish', route => route.fulfill({ status: 403, json }))
    const phone = android
    const code = await showCode()
    await scan(phone, code, '林晓雨')
    await enter(phone, code.digits)
    await says(computer, json.msg)
    await computer.getByRole('link', { name: '刷新二维码' }).waitFor()
  })

  it('says that the code has expired, and offers another one', async () => {
    await computer.route('**/status?*', route => route.fulfill({ json: { status: 'expired' } }))
    await computer.goto(`${rig.origin}/page`)
    await says(computer, '二维码已过期')
    await computer.getByRole('link', { name: '刷新二维码' }).waitFor()
    expect(await computer.locator('.digits').isVisible()).toBe(false)
  })

  it('tries again while the network is away, and goes on afterwards', async () => {
    expected = /status of 503/
    let isAway = true
    await computer.route('**/status?*', route => (isAway ? route.fulfill({ status: 503 }) : route.continue()))
    const phone = android
    await computer.goto(`${rig.origin}/page`)
    await says(computer, '网络不稳定')
    isAway = false
    await scan(phone, await readCode(), '林晓雨')
    await says(computer, '已扫码')
    await phone.page.getByRole('button', { name: '取消' }).click()
    await says(computer, '手机取消了登录')
  }, 60_000)

  it.each(locales)(
    'fits 320 pixels in %s, and has no fault that axe finds in light or dark',
    async locale => {
      const computer = await openComputer({ locale, viewport: NARROW })
      onTestFinished(() => computer.context().close())
      const phone = await openPhone(chromium.browser, { locale })
      await phone.page.setViewportSize(NARROW)
      const code = await showCode(computer)
      await phone.page.goto(code.ticketUrl)
      await choosePerson(phone.page, '欧阳雪')
      await phone.page.locator('#digits').waitFor()
      for (const [device, page] of Object.entries({ computer, phone: phone.page })) {
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
        await page.evaluate(axe)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          await keepPicture(page, `scan-${device}-320-${colorScheme}-${locale}`)
          expect(await faultsOf(page, colorScheme), `${device}, ${colorScheme}`).toEqual([])
        }
      }
      const duration = await computer
        .locator('.code svg')
        .evaluate(code => getComputedStyle(code).transitionDuration)
      expect(duration).toBe('0s')
    },
  )

  /** In the dark by the one rule for colours: the others would find the same again. */
  async function faultsOf(page: Page, colorScheme: 'light' | 'dark'): Promise<{ id: string }[]> {
    const options = JSON.stringify({
      resultTypes: ['violations'],
      ...(colorScheme === 'dark' && { runOnly: ['color-contrast'] }),
    })
    return page.evaluate(
      `axe.run(${options}).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`,
    )
  }
})
