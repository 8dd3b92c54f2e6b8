import { setTimeout as delay } from 'node:timers/promises'
import { RedisStore } from 'connect-redis'
import type { Store } from 'express-session'
import {
  boundedSessionStore,
  createRedisTokenStore,
  resilientRedisOptions,
  type TokenStore,
} from 'express-wechat'
import { createClient, createCluster, createSentinel } from 'redis'
import type { RedisAccess, RedisAddress, RedisNode } from './redis-address.ts'

/** The Redis that all processes of the gateway share: tokens and sessions over one client. */
export interface RedisConnection {
  readonly tokenStore: TokenStore
  createSessionStore(ttlSeconds: number): Store
  /**
   * Resolves when the client is connected, or after two seconds. Without Redis the gateway still serves what needs
   * none.
   */
  connect(): Promise<void>
  isUp(): Promise<boolean>
  close(): Promise<void>
}

const FIRST_CONNECT_MS = 2_000
const RECONNECT_MS = 1_000
const QUESTION_MS = 500

export function createRedisConnection(
  address: RedisAddress,
  keyPrefix: string,
  onError: (error: unknown) => void,
): RedisConnection {
  const client = createRedisClient(address)
  client.on('error', onError)
  const closing = new AbortController()

  /** Repeats the first connection until it succeeds, which clients of a cluster or of sentinels don't do themselves. */
  async function connectUntilClosed(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await client.connect()
        return
      } catch (error) {
        onError(error)
        await delay(RECONNECT_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  return {
    tokenStore: createRedisTokenStore(client, { keyPrefix }),
    createSessionStore: ttlSeconds =>
      boundedSessionStore(
        // The cookie's expiry is fixed when the session is written, so touching the session in between would not extend
        // it.
        new RedisStore({
          client,
          prefix: `${keyPrefix}wechat:session:`,
          ttl: ttlSeconds,
          disableTouch: true,
        }),
        { timeoutMs: QUESTION_MS },
      ),
    async connect() {
      await Promise.race([connectUntilClosed(), delay(FIRST_CONNECT_MS, undefined, { ref: false })])
    },
    async isUp() {
      const answered = client.get(`${keyPrefix}wechat:readiness`).then(
        () => true,
        () => false,
      )
      return Promise.race([answered, delay(QUESTION_MS, false, { ref: false })])
    },
    async close() {
      closing.abort()
      // `close()` waits for answers to commands that were sent. If Redis is frozen, the connection is cut.
      await Promise.race([client.close(), delay(QUESTION_MS, undefined, { ref: false })]).catch(() => {})
      if (client.isOpen) client.destroy()
    },
  }
}

function createRedisClient(address: RedisAddress) {
  switch (address.kind) {
    case 'single':
      return createClient({ url: address.url, ...resilientRedisOptions() })
    case 'cluster':
      return createCluster({
        rootNodes: address.nodes.map(node => ({ socket: getSocketOptions(node, address.access) })),
        defaults: withAccess(address.access),
      })
    case 'sentinel':
      return createSentinel({
        name: address.name,
        sentinelRootNodes: address.nodes,
        nodeClientOptions: { ...withAccess(address.access), database: address.database },
        // User, password and database are the servers' own; sentinels share no more than TLS with them.
        sentinelClientOptions: withAccess({ isTls: address.access.isTls }),
      })
  }
}

function withAccess({ isTls, username, password }: RedisAccess) {
  const { socket, ...options } = resilientRedisOptions()
  return {
    ...options,
    socket: { ...socket, ...(isTls && { tls: true as const }) },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
}

function getSocketOptions({ host, port }: RedisNode, { isTls }: RedisAccess) {
  return isTls ? { host, port, tls: true as const } : { host, port }
}
