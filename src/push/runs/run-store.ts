import { warn } from '../../errors/warn.js'
import type { AccountContext } from '../../tokens/context.js'
import { createMemoryTokenStore } from '../../tokens/stores/memory-token-store.js'

/** The methods of a token store that runs of messages need. They never fail. */
export interface RunStore {
  /** Resolves with true for the first caller within `ttlMs`. */
  claim(key: string, ttlMs: number): Promise<boolean>
  put(key: string, value: string, ttlMs: number): Promise<void>
  get(key: string): Promise<string | undefined>
}

/**
 * Keeps everything in the token store, and the same in the memory of this process. If the token store is down, the
 * memory decides alone: messages are answered, and deliveries to other processes can run a message again.
 */
export function createRunStore({
  store,
  clock,
  keyPrefix,
  account,
  reportStoreFailure,
}: AccountContext): RunStore {
  const memory = createMemoryTokenStore({ clock })
  let isWarned = false

  async function ask<Result>(call: () => Promise<Result>): Promise<Result | 'down'> {
    try {
      return await call()
    } catch (error) {
      reportStoreFailure('push', error)
      if (!isWarned) {
        isWarned = true
        warn(
          'push_duplicates',
          `the token store of ${account.appId} is down, so a message that WeChat delivers to several processes can run in each of them`,
        )
      }
      return 'down'
    }
  }

  const getKey = (key: string) => `${keyPrefix}:push:${key}`

  return {
    async claim(key, ttlMs) {
      const isFirstHere = await memory.claim(key, ttlMs)
      const isFirst = await ask(() => store.claim(getKey(key), ttlMs))
      // A claim of this process counts too: the store misses it if it was down at that time.
      return isFirst === 'down' ? isFirstHere : isFirst && isFirstHere
    },
    async put(key, value, ttlMs) {
      await memory.put(key, value, ttlMs)
      await ask(() => store.put(getKey(key), value, ttlMs))
    },
    async get(key) {
      const value = await ask(() => store.get(getKey(key)))
      // A claim stores an empty value. If the store was down when the value was put, only the memory has it.
      return value === 'down' || !value ? memory.get(key) : value
    },
  }
}
