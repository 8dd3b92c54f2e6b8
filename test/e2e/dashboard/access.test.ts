import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { accessToken, call, ticket } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import {
  inPhone,
  logInInPhone,
  openContext,
  openTab,
  phoneAddress,
  seePage,
  tabs,
} from '../support/dashboard.ts'
import { type Box, keepPicture, startBox } from '../support/journey.ts'
import { forbidPointer, logInByKeyboard, tabTo } from '../support/keyboard.ts'
import { png } from '../support/steps.ts'

/** English words are the longer ones; `npm run matrix` has both languages. */
const locales = process.env.LONG_RUN ? ['zh-CN', 'en-GB'] : ['en-GB']
/** The narrowest window that shows the phone or the inspector, and the narrowest that shows both, which starts at 1061 px. */
const widths = process.env.LONG_RUN ? [360, 390, 768, 1060, 1061, 1440, 1920, 2560] : [360, 1061]

/** For colours axe has one rule, so that in the dark the others would find the same again. */
const rules = process.env.LONG_RUN
  ? { light: undefined, dark: undefined }
  : { light: undefined, dark: ['color-contrast'] }

describe.skipIf(!executablePath)('the dashboard for everybody', () => {
  const chromium = useBrowser()

  /** A dashboard with something in every tab. */
  async function openFilled(box: Box, page: Page): Promise<void> {
    const { simulator } = box
    await page.goto(phoneAddress(box, '/', { tab: 'requests' }))
    await logInInPhone(page)
    const frame = page.frames().find(candidate => candidate.url().startsWith(box.app.url))
    await frame?.waitForFunction(() => 'configure' in window)
    await frame?.evaluate(`configure(['scanQRCode'])`)
    const token = await accessToken(simulator)
    await ticket(simulator, token)
    simulator.uploadMedia({ type: 'image', data: png })
    simulator.uploadMedia({ type: 'voice', data: Buffer.from('#!AMR\n') })
    simulator.uploadMedia({ type: 'video', data: Buffer.alloc(4) })
    simulator.advance(3 * 3_600_000)
    await call(simulator, '/cgi-bin/media/get', { access_token: token, media_id: 'x' })
    simulator.faults.next('/cgi-bin/user/info', { errcode: 40003 }, 3)
    simulator.faults.next('/cgi-bin/token', 'hang')
    void call(simulator, '/cgi-bin/token').catch(() => undefined)
    await page.locator('#panel-requests .outcome.running').waitFor()
    await page.locator('#panel-requests .row').nth(1).click()
    await page.locator('#panel-requests pre').waitFor()
    await openTab(page, 'jssdk')
    await page.locator('#panel-jssdk .row').first().click()
    await openTab(page, 'people')
    await page.locator('#panel-people button.icon').first().click()
  }

  it.each(locales)(
    'axe finds nothing on any tab in light and dark, and nothing scrolls sideways: %s',
    async locale => {
      const box = await startBox()
      const context = await openContext(chromium.browser, { locale })
      const page = await context.newPage()
      await openFilled(box, page)
      await page.evaluate(axe.source)
      for (const tab of tabs) {
        await openTab(page, tab)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect(await faultsOf(page, rules[colorScheme]), `${tab}, ${colorScheme}`).toEqual([])
          await keepPicture(page, `dashboard-${tab}-${locale}-${colorScheme}`)
        }
      }
      for (const width of widths) await expectNoOverflow(page, width)
    },
    180_000,
  )

  async function expectNoOverflow(page: Page, width: number): Promise<void> {
    await page.setViewportSize({ width, height: 800 })
    if (width <= 1060) await page.locator('.views button').first().click()
    expect(await overflowOf(page), `phone at ${width}`).toBeLessThanOrEqual(0)
    if (width <= 1060) await page.locator('.views button').last().click()
    for (const tab of tabs) {
      await openTab(page, tab)
      expect(await overflowOf(page), `${tab} at ${width}`).toBeLessThanOrEqual(0)
    }
  }

  /** What axe finds by all of its rules, or by these alone. */
  async function faultsOf(page: Page, runOnly?: readonly string[]): Promise<string[]> {
    const options = JSON.stringify({ iframes: false, resultTypes: ['violations'], runOnly })
    const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`))
  }

  /** How many pixels stand out: of the whole page, or of the tools above the phone, whose own edge clips nothing. */
  function overflowOf(page: Page): Promise<number> {
    return page.evaluate(() => {
      const tools = document.querySelector('.tools')
      return Math.max(
        document.documentElement.scrollWidth - window.innerWidth,
        tools ? tools.scrollWidth - tools.clientWidth : 0,
      )
    })
  }

  it('below 1060 px shows phone or inspector, and loses nothing by switching', async () => {
    const box = await startBox()
    const page = await (
      await openContext(chromium.browser, { viewport: { width: 800, height: 900 } })
    ).newPage()
    await page.goto(phoneAddress(box, '/public'))
    await seePage(page)
    await page.frames()[1]?.evaluate(`void (document.title = 'kept')`)
    await page.getByRole('button', { name: '检查器' }).click()
    await page.getByRole('searchbox').fill('token')
    await page.getByRole('button', { name: '手机', exact: true }).click()
    await page.locator('.wechat-bar').getByText('kept').waitFor()
    await page.getByRole('button', { name: '检查器' }).click()
    expect(await page.getByRole('searchbox').inputValue()).toBe('token')
  })

  it('leads through a login, a fault and a jump in time without a pointer event', async () => {
    const box = await startBox()
    const context = await openContext(chromium.browser)
    const assertNoPointer = await forbidPointer(context)
    const page = await context.newPage()
    await page.goto(`${box.simulator.url}/`)
    await page.locator('#tab-requests').waitFor()

    await tabTo(page, '.address input')
    await page.keyboard.type(`${box.app.url}/`)
    await page.keyboard.press('Enter')
    await logInByKeyboard(page, inPhone(page))
    await seePage(page)

    await tabTo(page, '[role=tab]')
    await page.keyboard.press('End')
    await tabTo(page, '.fault-form button[type=submit]')
    expect(
      await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle),
    ).toBe('solid')
    await page.keyboard.press('Enter')
    await page.locator('.planned').getByText('/sns/oauth2/access_token').waitFor()
    await tabTo(page, '.planned button')
    await page.keyboard.press('Enter')
    await page.locator('.fault-strip').getByText('errcode -1').waitFor()

    const before = box.simulator.now()
    await tabTo(page, '[role=tab]')
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowLeft')
    await tabTo(page, '#panel-time .buttons button')
    await page.keyboard.press('Enter')
    await expect.poll(() => box.simulator.now() - before).toBeGreaterThanOrEqual(300_000)
    assertNoPointer()
  })

  it('has one stop of the Tab key for all requests, and arrows between them', async () => {
    const box = await startBox()
    for (let count = 0; count < 30; count += 1) await accessToken(box.simulator)
    const page = await (await openContext(chromium.browser)).newPage()
    await page.goto(`${box.simulator.url}/`)
    await expect.poll(() => page.locator('.row').count()).toBe(30)
    expect(await page.locator('.row[tabindex="0"]').count()).toBe(1)
    await page.locator('.row').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await page.locator('.row').nth(1).getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('End')
    expect(
      await page
        .locator('.row')
        .nth(29)
        .evaluate(row => row === document.activeElement),
    ).toBe(true)
  })
})
