// Counts the requests that wait for a new access token while tokens of 12 s expire, and WeChat takes 1 s for each.
import { setTimeout as delay } from 'node:timers/promises'
import { inParallel, send } from './processes/http-client.ts'
import { startServer } from './processes/server-process.ts'
import { printTable } from './rounds.ts'

const TTL_SECONDS = 12
const WECHAT_MS = 1_000
const LOAD_MS = 30_000
const AT_ONCE = 5

export async function measureExpiry(): Promise<void> {
  const upstream = await startServer('./token-upstream.ts', [String(TTL_SECONDS), String(WECHAT_MS)])
  const server = await startServer('./sign-server.ts', ['live', String(upstream.port)])
  // This request fetches the first token, so that no measured request waits for that one.
  await send(server.port, '/token')
  const tokensBefore = await upstream.ask('tokens')
  const endsAt = performance.now() + LOAD_MS
  let requests = 0
  let waited = 0
  let failed = 0
  await inParallel(AT_ONCE, AT_ONCE, async () => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now()
      const { status } = await send(server.port, '/token')
      requests += 1
      if (performance.now() - startedAt >= WECHAT_MS) waited += 1
      if (status !== 200) failed += 1
      await delay(10)
    }
  })
  const tokens = (await upstream.ask('tokens')) - tokensBefore
  printTable(
    `Tokens of ${TTL_SECONDS} s under load for ${LOAD_MS / 1000} s, WeChat takes ${WECHAT_MS} ms`,
    ['requests', 'new tokens', 'requests that waited', 'requests that failed'],
    [[requests, tokens, waited, failed]],
  )
  for (const process of [upstream, server]) process.stop()
}
