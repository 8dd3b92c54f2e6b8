import { storeFailureReason, type TokenStoreUnavailableReason } from '../../tokens/stores/store-failure.js'

/** What Redis reported, or why there is no report. */
export type RedisFacts =
  | { kind: 'none' | 'no-package' | 'other-form' | 'bad-url' }
  | { kind: 'failed'; reason: TokenStoreUnavailableReason }
  | {
      kind: 'read'
      info: ReadonlyMap<string, string>
      /** The `save` setting: when Redis writes its RDB file. Empty for never, undefined if Redis does not tell. */
      saves: string | undefined
      latencyMs: number
    }

const CONNECT_TIMEOUT_MS = 3_000
const PINGS = 5

/** Connects to one Redis, reads `INFO`, and measures how long a PING takes. It changes nothing. */
export async function readRedis(url: string | undefined): Promise<RedisFacts> {
  if (!url) return { kind: 'none' }
  if (/^rediss?\+|,/.test(url)) return { kind: 'other-form' }
  if (!/^rediss?:\/\/[^/]/.test(url) || !URL.canParse(url)) return { kind: 'bad-url' }
  const redis = await loadRedis()
  if (!redis) return { kind: 'no-package' }

  const client = redis.createClient({
    url,
    commandOptions: { timeout: CONNECT_TIMEOUT_MS },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: false,
    },
  })
  // Without a listener an error of the connection would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    const latencyMs = await measurePing(() => client.ping())
    const info = parseInfo(await client.info())
    // Many hosted Redis services forbid CONFIG. The setting is then unknown, which is no failure.
    const settings = await client.configGet('save').catch(() => undefined)
    return { kind: 'read', info, saves: settings?.save, latencyMs }
  } catch (error) {
    return { kind: 'failed', reason: storeFailureReason(error) }
  } finally {
    if (client.isOpen) client.destroy()
  }
}

async function loadRedis() {
  try {
    return await import('redis')
  } catch {
    return undefined
  }
}

/** Returns the median of five round trips in milliseconds, so that one slow answer does not change the result. */
async function measurePing(ping: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < PINGS; index += 1) {
    const startedAt = performance.now()
    await ping()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const pairs = [...text.matchAll(/^(\w+):(.*?)\r?$/gm)]
  return new Map(pairs.map(([, name = '', value = '']) => [name, value]))
}
