// Compares the CPU time of a signature whose ticket is cached with the least that Express needs: `express.json()`, and
// `res.json()` with constants.
import { installPeers } from './peers.ts'
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { startRedis } from './processes/redis.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const WARM_UP = 6_000
const REQUESTS = 2_000

export async function measureSigning(): Promise<void> {
  installPeers()
  const upstream = await startServer('./token-upstream.ts')
  const redis = await startRedis()
  const start = (...args: string[]) => startServer('./sign-server.ts', args)
  const wechat = String(upstream.port)
  const servers: Record<string, ServerProcess> = {
    'node:http': await start('node:http'),
    express: await start('express'),
    'express.json': await start('express.json'),
    ours: await start('live', wechat),
    'ours on Redis': await start('live', wechat, redis.url),
    'wechat-jssdk': await start('wechat-jssdk', wechat),
  }
  async function load(kind: string, requests: number): Promise<number> {
    const server = servers[kind]
    if (!server) return Number.NaN
    const { port, ask } = server
    const body = JSON.stringify({ url: `http://127.0.0.1:${port}/page?x=1` })
    const before = await ask('cpu')
    await inParallel(requests, 20, async () => assertStatus(await send(port, '/sign', { body }), 200))
    return ((await ask('cpu')) - before) / requests
  }
  const kinds = Object.keys(servers)
  for (const kind of kinds) await load(kind, WARM_UP)
  const figures = await measureInRounds(kinds, kind => load(kind, REQUESTS))
  printFigures('A warm signature', 'CPU µs', 'express.json', figures)
  printFigures('The same', 'CPU µs', 'ours', figures)
  for (const server of [upstream, ...Object.values(servers)]) server.stop()
  redis.stop()
}
