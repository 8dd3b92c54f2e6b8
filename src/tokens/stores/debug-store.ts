import { isDebugging, traceStep } from '../../util/debug.js'
import type { TokenStore } from './token-store.js'

/**
 * Wraps a store so that it writes one debug line about each call. The line names the slot of a credential, but not the
 * key of a login or a message. Without `NODE_DEBUG` this returns the store itself.
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

/** Whether a key belongs to a message or to a login, for debug lines that must not show the key. */
function getKind(key: string): string {
  return key.includes(':push:') ? 'message' : 'login'
}
