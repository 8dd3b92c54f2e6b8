import type { BrowserContext, FrameLocator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** Begins to count the pointer events of all pages and frames. The function that it returns expects that there are none. */
export async function forbidPointer(context: BrowserContext): Promise<() => void> {
  const seen: string[] = []
  await context.exposeBinding('__pointerSeen', (_source, type: string) => void seen.push(type))
  await context.addInitScript(() => {
    for (const type of ['pointerdown', 'mousedown', 'touchstart']) {
      addEventListener(type, () => (globalThis as unknown as PageGlobals).__pointerSeen(type), true)
    }
  })
  return () => expect(seen).toEqual([])
}

interface PageGlobals {
  __pointerSeen(type: string): void
}

/** Presses Tab until an element that matches has the focus, in the page or in one of its frames. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab')
    for (const frame of page.frames()) {
      const isThere = await frame
        .evaluate(wanted => document.hasFocus() && document.activeElement?.matches(wanted) === true, selector)
        .catch(() => false)
      if (isThere) return
    }
  }
  throw new Error(`the Tab key never comes to ${selector}`)
}

/** On the authorize page: chooses the first person and agrees. */
export async function logInByKeyboard(page: Page, phone: FrameLocator | Page): Promise<void> {
  await phone.locator('[name=person]').first().waitFor()
  await tabTo(page, '[name=person]')
  await page.keyboard.press('Space')
  await tabTo(page, 'button.allow')
  await page.keyboard.press('Enter')
}
