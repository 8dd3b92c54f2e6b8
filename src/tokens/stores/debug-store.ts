import { isDebugging, traceStep } from '../../util/debug.js'
import type { TokenStore } from './token-store.js'

/**
 * A store that writes one line about each call, with the slot of a credential. Keys of logins and messages are not shown. Without
 * `NODE_DEBUG` it is the store itself.
 */
export function traceStore(store: TokenStore): TokenStore {
  if (!isDebugging) return store

  function trace<Result>(
    step: string,
    run: () => Promise<Result>,
    describe?: (result: Result) => string,
  ): Promise<Result> {
    return traceStep(() => `store ${step}`, run, describe)
  }

  return {
    isShared: store.isShared,
    acquire: (slot, request) =>
      trace(
        `acquire ${slot}`,
        () => store.acquire(slot, request),
        ({ outcome }) => outcome,
      ),
    publish: (slot, publication) =>
      trace(
        `publish ${slot}`,
        () => store.publish(slot, publication),
        isPublished => (isPublished ? 'published' : 'fenced'),
      ),
    fail: (slot, failure) => trace(`fail ${slot}`, () => store.fail(slot, failure)),
    release: (slot, owner) => trace(`release ${slot}`, () => store.release(slot, owner)),
    invalidate: (slot, value, cooldownMs) =>
      trace(
        `invalidate ${slot}`,
        () => store.invalidate(slot, value, cooldownMs),
        outcome => outcome,
      ),
    claim: (key, ttlMs) =>
      trace(
        `claim ${getKind(key)}`,
        () => store.claim(key, ttlMs),
        isFirst => (isFirst ? 'claimed' : 'taken'),
      ),
    put: (key, value, ttlMs) => trace(`put ${getKind(key)}`, () => store.put(key, value, ttlMs)),
    get: key =>
      trace(
        `get ${getKind(key)}`,
        () => store.get(key),
        value => (value === undefined ? 'nothing' : 'found'),
      ),
  }
}

/** The kind of entry that a key names. */
function getKind(key: string): string {
  return key.includes(':push:') ? 'message' : 'login'
}
