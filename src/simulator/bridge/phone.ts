import type { BridgeState } from '../protocol/bridge.js'
import type { LocalMediaStore } from './media/local-media.js'
import type { Settings } from './settings.js'
import type { SimulatorClient } from './simulator-client.js'
import type { Screen } from './ui/screen.js'

/** The simulated phone that shows the page: what the native functions work with. */
export interface Phone {
  readonly settings: Settings
  readonly state: BridgeState
  readonly client: SimulatorClient
  readonly media: LocalMediaStore
  readonly screen: Screen
  /** Fires an event for the listeners that the page registered with `on`. */
  emit(event: string, payload?: Record<string, unknown>): void
}
