import { warn } from '../../errors/warn.js'
import type { TokenEventHub, TokenEvents } from '../token-events.js'
import {
  STORE_FAILURE_REMEDIES,
  storeFailureReason,
  type TokenStoreUnavailableReason,
} from './store-failure.js'

/** Emits `store-unavailable` for a failed call to the store, and returns the reason, such as `timeout`. */
export type StoreFailureReporter = (
  credential: TokenEvents['store-unavailable']['credential'],
  error: unknown,
) => TokenStoreUnavailableReason

/**
 * Makes the function that emits an event for each failed call to the token store. The first failure of each reason is
 * a process warning too, because an app without a listener could work without the shared token for weeks unnoticed.
 */
export function createStoreFailureReporter(appId: string, events: TokenEventHub): StoreFailureReporter {
  const warned = new Set<TokenStoreUnavailableReason>()

  return function reportStoreFailure(credential, error) {
    const reason = storeFailureReason(error)
    events.emit('store-unavailable', { appId, credential, reason })
    if (!warned.has(reason)) {
      warned.add(reason)
      warn(
        'token_store',
        `the token store of ${appId} is unavailable (${reason}): ${STORE_FAILURE_REMEDIES[reason]}`,
      )
    }
    return reason
  }
}
