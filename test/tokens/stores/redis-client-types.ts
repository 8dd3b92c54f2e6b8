// Compiled, never run: every kind of client of the `redis` package is a store's client without a cast.
import {
  createClient,
  createClientPool,
  createCluster,
  createSentinel,
  RESP_TYPES,
  type RedisClientType,
  type RedisClusterType,
} from 'redis'
import { createRedisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import { resilientRedisOptions } from '../../../src/tokens/stores/resilient-redis-options.ts'

export const stores = [
  createRedisTokenStore(createClient()),
  createRedisTokenStore(createClient({ url: 'redis://127.0.0.1', RESP: 3, ...resilientRedisOptions() })),
  createRedisTokenStore(
    createClient({ RESP: 2, socket: { ...resilientRedisOptions().socket, tls: true, host: 'redis' } }),
  ),
  createRedisTokenStore(createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })),
  createRedisTokenStore(createClientPool({ ...resilientRedisOptions() })),
  createRedisTokenStore(
    createSentinel({
      name: 'mymaster',
      sentinelRootNodes: [{ host: '127.0.0.1', port: 26379 }],
      nodeClientOptions: resilientRedisOptions(),
    }),
  ),
  createRedisTokenStore(
    createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }], defaults: resilientRedisOptions() }),
  ),
]

export const ofDeclaredTypes = (client: RedisClientType, cluster: RedisClusterType) => [
  createRedisTokenStore(client),
  createRedisTokenStore(cluster),
]
