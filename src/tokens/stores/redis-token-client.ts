/**
 * What the store needs of a client of the `redis` package (5 or newer). `createClient()`, `createClientPool()`,
 * `createSentinel()` and `createCluster()` all have it.
 */
export interface RedisTokenClient {
  /** Runs a Lua script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** Runs a Lua script that the server knows by its SHA-1. Rejects with `NOSCRIPT` if it does not. */
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** Resolves with the value, or with null or undefined if there is none. */
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

/** A client that puts the prefix in front of every key, so that several apps can share one database. */
export function withKeyPrefix(client: RedisTokenClient, keyPrefix: string): RedisTokenClient {
  const prefixed = (key: string) => keyPrefix + key
  return {
    eval: (script, { keys, ...options }) => client.eval(script, { ...options, keys: keys.map(prefixed) }),
    evalSha: (sha1, { keys, ...options }) => client.evalSha(sha1, { ...options, keys: keys.map(prefixed) }),
    get: key => client.get(prefixed(key)),
    set: (key, value, options) => client.set(prefixed(key), value, options),
  }
}
