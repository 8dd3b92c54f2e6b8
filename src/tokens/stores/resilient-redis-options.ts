import { warn } from '../../errors/warn.js'

/** What {@link resilientRedisOptions} returns: some options of a client of the `redis` package. */
export interface ResilientRedisOptions {
  disableOfflineQueue: true
  /** Milliseconds between two pings: 5,000. */
  pingInterval: number
  socket: {
    /** The time limit of a connection attempt, in milliseconds: 2,000. */
    connectTimeout: number
    /** The connection is closed after this many milliseconds without a byte: 15,000. */
    socketTimeout: number
    /**
     * Returns the milliseconds before the next attempt to connect: 50 at first, doubled up to 2,000, and up to 200
     * more at random.
     */
    reconnectStrategy: (retries: number) => number
  }
}

/**
 * Settings for a client of the `redis` package. With them, the client notices within 15 seconds that Redis is gone
 * without closing the connection (a pulled cable, a dropped firewall state), rejects commands at once instead of
 * queueing them, and reconnects by itself. By default a client waits minutes until the system closes the connection;
 * with `socketTimeout` alone it never connects again, since the default strategy does not reconnect then.
 *
 * `createRedisTokenStore()` warns if a client of `createClient()`, or of a connected `createCluster()`, lacks these
 * settings. Pools and sentinels do not show theirs, and get no warning.
 *
 * @example
 * createClient({ url, ...resilientRedisOptions() })
 * createCluster({ rootNodes, defaults: resilientRedisOptions() })
 * createSentinel({
 *   name,
 *   sentinelRootNodes,
 *   nodeClientOptions: resilientRedisOptions(),
 *   sentinelClientOptions: resilientRedisOptions(),
 * })
 */
export function resilientRedisOptions(): ResilientRedisOptions {
  // Each call returns a new object, because clients write into the options that they are given.
  return {
    disableOfflineQueue: true,
    pingInterval: 5_000,
    socket: {
      connectTimeout: 2_000,
      socketTimeout: 15_000,
      reconnectStrategy: retries => Math.min(50 * 2 ** Math.min(retries, 10), 2_000) + Math.random() * 200,
    },
  }
}

/**
 * Describes the settings of a Redis client that make it hang, close for good or drop idle connections. Returns an empty
 * list if there are none, or if the client does not show its settings: `createClient()` always does, `createCluster()`
 * does once it is connected, `createClientPool()` and `createSentinel()` never do.
 */
export function hangingRedisSettings(client: unknown): string[] {
  const options = readObject(client, 'options') ?? readObject(connectedMaster(client), 'options')
  if (!options) return []
  const socket = readObject(options, 'socket') ?? {}
  const problems: string[] = []
  if (!('socketTimeout' in socket) || socket.socketTimeout === undefined) {
    problems.push('without "socket.socketTimeout" a connection that is silently gone is kept for minutes')
  } else if (!('reconnectStrategy' in socket) || socket.reconnectStrategy === undefined) {
    problems.push('"socket.socketTimeout" without "socket.reconnectStrategy" closes the client for good')
  } else if (!('pingInterval' in options) || !options.pingInterval) {
    problems.push('"socket.socketTimeout" without "pingInterval" drops connections that are merely idle')
  }
  if (!('disableOfflineQueue' in options) || options.disableOfflineQueue !== true) {
    problems.push('without "disableOfflineQueue" commands wait for a Redis that is down')
  }
  return problems
}

/** Returns one connected client of a cluster. All its clients have the same settings, so one shows them. */
function connectedMaster(cluster: unknown): object | undefined {
  const masters = readObject(cluster, 'masters')
  if (!Array.isArray(masters)) return undefined
  return masters.map((master: unknown) => readObject(master, 'client')).find(client => client !== undefined)
}

const warned = new WeakSet<object>()

/** Warns, once for each client, if its settings make it hang, close for good or drop idle connections. */
export function warnAboutHangingRedisSettings(client: object): void {
  const problems = hangingRedisSettings(client)
  if (problems.length === 0 || warned.has(client)) return
  warned.add(client)
  warn(
    'redis_settings',
    `the settings of the Redis client let requests wait while Redis is down: ${problems.join('; ')}. ` +
      'Create the client with resilientRedisOptions()',
  )
}

function readObject(value: unknown, property: string): (object & Record<string, unknown>) | undefined {
  if (typeof value !== 'object' || value === null || !(property in value)) return undefined
  const found = (value as Record<string, unknown>)[property]
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined
}
