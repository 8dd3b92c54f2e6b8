import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'
import { afterEach, beforeAll, expect, onTestFinished } from 'vitest'
import type { Box } from './journey.ts'

export const tabs = ['requests', 'messages', 'jssdk', 'media', 'time', 'tokens', 'people', 'faults'] as const

export type Tab = (typeof tabs)[number]

const VIEWPORT = { width: 1440, height: 940 }

interface DashboardOptions extends Omit<BrowserContextOptions, 'viewport'> {
  /** Whether the console may complain, because the tests make requests fail. @default false, which fails the test */
  mayComplain?: boolean
}

/**
 * Gives the tests of a group one page, because a page of its own takes nearly as long as the dashboard in it. Each test
 * begins on an empty page without cookies. What the dashboard stores has the origin of the test's own simulator.
 */
export function useDashboard(
  chromium: { readonly browser: Browser },
  { mayComplain = false, ...options }: DashboardOptions = {},
): { readonly page: Page } {
  let page: Page | undefined
  const complaints: string[] = []
  beforeAll(async () => {
    page = await (await newContext(chromium.browser, options)).newPage()
    collectComplaints(page, complaints)
  })
  afterEach(async () => {
    await page?.unrouteAll({ behavior: 'ignoreErrors' })
    // Before the simulator of the test ends, which the dashboard would complain of.
    await page?.goto('about:blank')
    await page?.context().clearCookies()
    await page?.setViewportSize(VIEWPORT)
    const found = complaints.splice(0)
    if (!mayComplain) expect(found).toEqual([])
  })
  return {
    get page() {
      if (!page) throw new Error('the page has not been opened yet')
      return page
    },
  }
}

/** A developer's own browser. It ends with the test. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await newContext(browser, options)
  onTestFinished(() => context.close())
  return context
}

/** A page of which everything that the console complains of fails the test. */
export async function openStrictPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const complaints: string[] = []
  onTestFinished(() => expect(complaints).toEqual([]))
  const page = await (await openContext(browser, options)).newPage()
  collectComplaints(page, complaints)
  return page
}

async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: VIEWPORT,
    // No click waits for something to stand still.
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(20_000)
  return context
}

function collectComplaints(page: Page, complaints: string[]): void {
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
}

export function phoneAddress(
  { simulator, app }: Box,
  path = '/',
  query: Record<string, string> = {},
): string {
  return `${simulator.url}/phone?${new URLSearchParams({ url: app.url + path, ...query })}`
}

export function inPhone(page: Page): FrameLocator {
  return page.frameLocator('iframe')
}

/** Logs in as this person in the phone, and waits for the page of the app. */
export async function logInInPhone(page: Page, nickname = '林晓雨'): Promise<void> {
  await inPhone(page).getByText(nickname).click()
  await inPhone(page)
    .getByRole('button', { name: /继续|Continue/ })
    .click()
  await seePage(page)
}

export async function seePage(page: Page): Promise<void> {
  await inPhone(page).getByRole('heading', { name: '海边明信片' }).waitFor()
}

export async function openTab(page: Page, tab: Tab): Promise<void> {
  await page.locator(`#tab-${tab}`).click()
}
