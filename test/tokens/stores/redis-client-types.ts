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
import { redisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import { resilientRedisOptions } from '../../../src/tokens/stores/resilient-redis-options.ts'

export const stores = [
  redisTokenStore(createClient()),
  redisTokenStore(createClient({ url: 'redis://127.0.0.1', RESP: 3, ...resilientRedisOptions() })),
  redisTokenStore(
    createClient({ RESP: 2, socket: { ...resilientRedisOptions().socket, tls: true, host: 'redis' } }),
  ),
  redisTokenStore(createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })),
  redisTokenStore(createClientPool({ ...resilientRedisOptions() })),
  redisTokenStore(
    createSentinel({
      name: 'mymaster',
      sentinelRootNodes: [{ host: '127.0.0.1', port: 26379 }],
      nodeClientOptions: resilientRedisOptions(),
    }),
  ),
  redisTokenStore(
    createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }], defaults: resilientRedisOptions() }),
  ),
]

export const ofDeclaredTypes = (client: RedisClientType, cluster: RedisClusterType) => [
  redisTokenStore(client),
  redisTokenStore(cluster),
]
