import type { BridgeState } from '../protocol/bridge.js'
import type { LocalMediaStore } from './media/local-media.js'
import type { Settings } from './settings.js'
import type { SimulatorClient } from './simulator-client.js'
import type { Screen } from './ui/screen.js'

/** The phone that the page is on: what every native function works with. */
export interface Phone {
  readonly settings: Settings
  readonly state: BridgeState
  readonly client: SimulatorClient
  readonly media: LocalMediaStore
  readonly screen: Screen
  /** Fires an event at what the page registered with `on`. */
  emit(event: string, payload?: Record<string, unknown>): void
}
