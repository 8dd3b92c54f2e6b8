import type { Browser, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'

export interface Visit {
  page: Page
  /** What went wrong on the page without anybody seeing it. */
  errors: string[]
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: 'zh-CN',
    // No click waits for something to stand still.
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  page.on('console', message => {
    if (message.text().includes('Content Security Policy')) errors.push(message.text())
  })
  return { page, errors }
}

/** The page itself, or the one in the phone's frame. */
export type Screen = Page | FrameLocator

/** On the start page: begins the login. On the simulator's page: says who one is. */
export async function chooseWhoToBe(page: Screen, nickname: string): Promise<void> {
  await page.getByRole('link', { name: '微信登录' }).click()
  await page.getByText(nickname).click()
  await page.getByRole('button', { name: '允许' }).click()
}

export async function writeLetter(page: Screen, text: string): Promise<void> {
  await page.getByRole('link', { name: '写一封信' }).click()
  await page.getByRole('textbox', { name: '信' }).fill(text)
}

export async function addPhoto(page: Screen): Promise<void> {
  await page.getByRole('button', { name: '放一张照片' }).click()
  await page.getByTestId('wxsim-sample-2').click()
  await page.getByTestId('wxsim-done').click()
  await page.getByText('照片放好了').waitFor()
}

export async function addVoice(page: Screen, ms = 1_500): Promise<void> {
  await page.getByRole('button', { name: '录一段声音' }).click()
  const stop = page.getByRole('button', { name: /正在录音/ })
  await stop.waitFor()
  await new Promise(resolve => setTimeout(resolve, ms))
  await stop.click()
  await page.getByText('声音录好了').waitFor()
}

/** Plays what is there for a moment, and tells how far it came and how long it is. */
export function playVoice(page: Page): Promise<{ played: number; duration: number }> {
  return page.evaluate(async () => {
    const audio = (globalThis as unknown as PageGlobals).document.querySelector('audio')
    await new Promise(resolve => setTimeout(resolve, 600))
    return { played: audio.currentTime, duration: audio.duration }
  })
}

/** The little of a page's world that these tests touch; their types are Node's. */
interface PageGlobals {
  document: { querySelector(selector: 'audio'): { currentTime: number; duration: number } }
}
