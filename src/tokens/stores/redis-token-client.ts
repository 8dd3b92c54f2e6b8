/**
 * The methods of a `redis` client (5 or newer) that the store needs. Those of `createClient()`, `createClientPool()`,
 * `createSentinel()` and `createCluster()` have them.
 */
export interface RedisTokenClient {
  /** Runs a Lua script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** Runs a Lua script by its SHA-1. Rejects with `NOSCRIPT` if the server does not know it. */
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** Resolves with the key's value; null or undefined if it has none. */
  get(key: string): Promise<unknown>
  /**
   * Sets a value that expires after this many milliseconds. With `NX`, a key that has a value keeps it, and the call
   * resolves with null.
   */
  set(
    key: string,
    value: string,
    options: { expiration: { type: 'PX'; value: number }; condition?: 'NX' },
  ): Promise<unknown>
}

/** Wraps a client so that the prefix comes before every key, so that several apps can share one database. */
export function withKeyPrefix(client: RedisTokenClient, keyPrefix: string): RedisTokenClient {
  const prefixed = (key: string) => keyPrefix + key
  return {
    eval: (script, { keys, ...options }) => client.eval(script, { ...options, keys: keys.map(prefixed) }),
    evalSha: (sha1, { keys, ...options }) => client.evalSha(sha1, { ...options, keys: keys.map(prefixed) }),
    get: key => client.get(prefixed(key)),
    set: (key, value, options) => client.set(prefixed(key), value, options),
  }
}
