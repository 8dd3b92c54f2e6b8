import type { DashboardSnapshot } from '../protocol/dashboard.js'
import { showNote } from './dom.js'
import { addressOf, type SimulatorApi, simulator } from './simulator-api.js'
import { texts } from './texts.js'

type Draw = (data: DashboardSnapshot) => void

/** Tests of other processes change things without a call to WeChat. */
const pollMs = 3_000

/** Keeps what is drawn in line with the simulator. */
export class LiveData {
  readonly #draws: Draw[] = []
  readonly #onLine: (isLive: boolean) => void
  #isReading = false
  #isStale = false

  constructor(onLine: (isLive: boolean) => void) {
    this.#onLine = onLine
  }

  add(draw: Draw): void {
    this.#draws.push(draw)
  }

  start(): void {
    new EventSource(addressOf('/simulator/events')).addEventListener('message', () => this.refresh())
    setInterval(() => {
      if (!document.hidden) void this.refresh()
    }, pollMs)
    void this.refresh()
  }

  /** Does what was asked, shows why where it can't be done, and draws what has come of it. */
  readonly change = async (work: (api: SimulatorApi) => Promise<void>): Promise<void> => {
    try {
      await work(simulator)
    } catch (error) {
      showNote(texts.failure(error instanceof Error ? error.message : String(error)))
    }
    await this.refresh()
  }

  async refresh(): Promise<void> {
    // Many calls in one moment are one more reading, not many.
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    while (this.#isStale) {
      this.#isStale = false
      await this.#read()
    }
    this.#isReading = false
  }

  async #read(): Promise<void> {
    try {
      const data = await simulator.snapshot()
      for (const draw of this.#draws) draw(data)
      this.#onLine(true)
    } catch {
      this.#onLine(false)
    }
  }
}
