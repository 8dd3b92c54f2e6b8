import type { BridgeState } from '../../protocol/bridge.js'
import type { Settings } from '../settings.js'
import type { Texts } from '../texts.js'

/** The events that the page registered with `on`. */
export interface PageEvents {
  emit(event: string, payload?: Record<string, unknown>): void
  isHeard(event: string): boolean
}

/** What a sheet uses of the screen on which it opens. */
export interface SheetHost {
  readonly texts: Texts
  /** The shadow tree that holds all of the simulator's elements. */
  readonly root: ShadowRoot
  readonly settings: Settings
  readonly state: BridgeState
  readonly events: PageEvents
  /** Shows a line of text for 2.5 seconds. */
  toast(text: string): void
}

/** Copies the text and says so. If the browser has no clipboard, as on plain http, a toast shows the text instead. */
export async function copyText(host: Pick<SheetHost, 'texts' | 'toast'>, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    host.toast(host.texts.copied)
  } catch {
    host.toast(text)
  }
}
