import { EventEmitter, once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { TokenEventName, TokenEvents } from '../../src/tokens/token-events.ts'
import {
  createTokenManager,
  type TokenManager,
  type TokenManagerOptions,
} from '../../src/tokens/token-manager.ts'
import { BreakableStore } from './breakable-store.ts'
import { ManualClock } from './manual-clock.ts'
import { type ScriptedWechat, startScriptedWechat } from './scripted-wechat.ts'

export const APP_ID = 'wx0123456789abcdef'
export const APP_SECRET = 'canary-app-secret-6bd1'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export interface TokenBench {
  wechat: ScriptedWechat
  clock: ManualClock
  /** The store that all managers of the bench share. */
  store: BreakableStore
  manager: TokenManager
  /** All events so far, oldest first. */
  events: { name: TokenEventName; event: TokenEvents[TokenEventName] }[]
  /** Resolves at the next event of this name. */
  next(name: TokenEventName): Promise<unknown>
  /** Resolves when the work in the background has ended. */
  settled(): Promise<void>
  /** Creates a manager of the same account over the same store, which plays another process. */
  another(options?: TokenManagerOptions): TokenManager
}

const EVENT_NAMES = [
  'refresh',
  'refresh-failed',
  'fenced',
  'stale-served',
  'invalidated',
  'store-unavailable',
] as const satisfies TokenEventName[]

/** Creates a manager, a scripted WeChat and a clock that only the test moves. All of them end with the test. */
export async function tokenBench(options: TokenManagerOptions = {}): Promise<TokenBench> {
  const clock = new ManualClock()
  const store = new BreakableStore(clock)
  const wechat = await startScriptedWechat({ nowMs: clock.monotonicMs })
  const events: TokenBench['events'] = []
  const told = new EventEmitter()
  const managers: TokenManager[] = []

  function another(more: TokenManagerOptions = {}): TokenManager {
    const manager = createTokenManager({
      appId: APP_ID,
      appSecret: APP_SECRET,
      apiBaseUrl: wechat.baseUrl,
      timeoutMs: 2_000,
      clock,
      store,
      environment: 'bench',
      ...options,
      ...more,
    })
    for (const name of EVENT_NAMES) {
      manager.on(name, event => {
        events.push({ name, event })
        told.emit(name, event)
      })
    }
    managers.push(manager)
    return manager
  }

  const manager = another()
  onTestFinished(async () => {
    await wechat.close()
    await Promise.all(managers.map(each => each.close()))
  })
  async function settled(): Promise<void> {
    do await new Promise(setImmediate)
    while (store.openLeases > 0)
  }

  return { settled, wechat, clock, store, manager, events, another, next: name => once(told, name) }
}

export const times = <Result>(count: number, run: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => run(index))

/** Moves the clock in steps of 100 ms, so that code which sleeps repeatedly can run in between. */
export async function passTime(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await new Promise(setImmediate)
    clock.advance(100)
  }
}
