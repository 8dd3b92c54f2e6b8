import type { DashboardSnapshot } from '../../protocol/dashboard.js'
import { texts } from '../texts/texts.js'
import { showNote } from '../ui/note.js'
import { Observable } from '../ui/observable.js'
import { listenForChanges } from './events.js'
import { type SimulatorApi, simulator } from './simulator-api.js'

/** The snapshot is read again after so many milliseconds, because some changes, such as a token's end, send no event. */
const pollMs = 3_000
/** The interval of readings while the simulator does not answer, so that a tab soon notices its restart. */
const retryMs = 1_000

/** Holds the latest snapshot of the simulator's state, and whether the simulator answers. */
export class LiveStore extends Observable {
  data: DashboardSnapshot | undefined
  /** Whether the simulator answers; undefined before the first answer. */
  isLive: boolean | undefined
  #readAt = 0
  #reading: Promise<void> | undefined
  #isStale = false
  #lastRead = 0

  start(): void {
    listenForChanges(() => void this.refresh())
    setInterval(() => {
      const waitMs = this.isLive === false ? retryMs : pollMs
      if (!document.hidden && Date.now() - this.#lastRead >= waitMs) void this.refresh()
    }, retryMs)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.refresh()
    })
    void this.refresh()
  }

  /** The simulated time at this moment. Undefined until the first answer. */
  get now(): number | undefined {
    return this.data && this.data.now + Date.now() - this.#readAt
  }

  /** Makes a change and reads the new state. Shows the reason and resolves to false if the simulator refuses. */
  readonly change = async (work: (api: SimulatorApi) => Promise<unknown>): Promise<boolean> => {
    let isDone = true
    try {
      await work(simulator)
    } catch (error) {
      isDone = false
      showNote(texts.failure(error instanceof Error ? error.message : String(error)))
    }
    await this.refresh()
    return isDone
  }

  /** Resolves after a reading that began after this call. All calls during one reading share the next reading. */
  refresh(): Promise<void> {
    this.#isStale = true
    this.#reading ??= this.#readUntilFresh()
    return this.#reading
  }

  async #readUntilFresh(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      await this.#read()
    }
    this.#reading = undefined
  }

  async #read(): Promise<void> {
    this.#lastRead = Date.now()
    try {
      const data = await simulator.snapshot()
      if (this.data && this.data.run !== data.run) await simulator.refreshKey()
      this.data = data
      this.#readAt = Date.now()
      this.isLive = true
    } catch {
      this.isLive = false
    }
    this.notify()
  }
}
