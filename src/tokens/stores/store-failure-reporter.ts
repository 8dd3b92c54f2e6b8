import { warn } from '../../errors/warn.js'
import type { TokenEventHub, TokenEvents } from '../token-events.js'
import {
  STORE_FAILURE_REMEDIES,
  storeFailureReason,
  type TokenStoreUnavailableReason,
} from './store-failure.js'

/** Tells that the store failed, and returns the reason. */
export type StoreFailureReporter = (
  credential: TokenEvents['store-unavailable']['credential'],
  error: unknown,
) => TokenStoreUnavailableReason

/**
 * Each failure of the token store is an event. The first of each reason is a warning of the process too: a process
 * without a listener would else share no token for weeks and tell nobody.
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
