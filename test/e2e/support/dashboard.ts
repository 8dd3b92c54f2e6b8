import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import type { Box } from './journey.ts'

export const tabs = ['requests', 'messages', 'jssdk', 'media', 'time', 'tokens', 'people', 'faults'] as const

export type Tab = (typeof tabs)[number]

/** A developer's own browser. It ends with the test. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1440, height: 940 },
    // No click waits for something to stand still.
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(20_000)
  onTestFinished(() => context.close())
  return context
}

/** A page of which everything that the console complains of fails the test. */
export async function openStrictPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const complaints: string[] = []
  onTestFinished(() => expect(complaints).toEqual([]))
  const context = await openContext(browser, options)
  const page = await context.newPage()
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return page
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
