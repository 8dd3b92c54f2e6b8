// Counts the calls to WeChat if 200 requests at once find no token cached, in one process and in four that share a Redis.
import { inParallel, send } from './processes/http-client.ts'
import { startRedis } from './processes/redis.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { printTable } from './rounds.ts'

const CALLERS = 200

export async function measureHerd(): Promise<void> {
  const redis = await startRedis()
  const rows = [await countCalls('1 process', 1), await countCalls('4 processes over Redis', 4, redis.url)]
  redis.stop()
  const head = ['callers', 'calls for the token', 'calls for the ticket']
  printTable(`Calls to WeChat for ${CALLERS} cold callers at once`, head, rows)
}

async function countCalls(name: string, processes: number, redisUrl = ''): Promise<(string | number)[]> {
  const upstream = await startServer('./token-upstream.ts', ['7200', '300'])
  const starting = Array.from({ length: processes }, () =>
    startServer('./sign-server.ts', ['live', String(upstream.port), redisUrl]),
  )
  const servers = await Promise.all(starting)
  await inParallel(CALLERS, CALLERS, index => sign(servers[index % processes]))
  const [tokens, tickets] = [await upstream.ask('tokens'), await upstream.ask('tickets')]
  for (const server of [upstream, ...servers]) server.stop()
  return [name, tokens, tickets]
}

async function sign(server: ServerProcess | undefined): Promise<void> {
  if (!server) return
  const body = JSON.stringify({ url: `http://127.0.0.1:${server.port}/page` })
  const { status } = await send(server.port, '/sign', { body })
  if (status !== 200) throw new Error(`a signature was answered with ${status}`)
}
