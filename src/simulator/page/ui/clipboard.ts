import type { Screen } from './screen.js'

/** Copies, or shows what could not be copied. */
export async function copyText(screen: Screen, text: string): Promise<void> {
  try {
    // Plain http on a name other than localhost has no clipboard.
    await navigator.clipboard.writeText(text)
    screen.toast(screen.texts.copied)
  } catch {
    screen.toast(text)
  }
}
