// Compares the CPU time of a page behind `requireWechatLogin` with that of a page that reads the session itself.
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { startRedis } from './processes/redis.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const WARM_UP = 6_000
const REQUESTS = 2_000

export async function measureGuard(): Promise<void> {
  const upstream = await startServer('./login-upstream.ts')
  const redis = await startRedis()
  const url = `http://127.0.0.1:${upstream.port}`
  const start = async (...args: string[]) => {
    const server = await startServer('./login-server.ts', args)
    return { server, cookies: await logIn(server) }
  }
  const visitors = {
    session: await start('session'),
    ours: await start('ours', url),
    'session on Redis': await start('session', url, redis.url),
    'ours on Redis': await start('ours', url, redis.url),
  }
  async function load(kind: keyof typeof visitors, requests: number): Promise<number> {
    const { server, cookies } = visitors[kind]
    const before = await server.ask('cpu')
    await inParallel(requests, 20, async () =>
      assertStatus(await send(server.port, '/page', { cookies }), 200),
    )
    return ((await server.ask('cpu')) - before) / requests
  }
  const kinds = Object.keys(visitors) as (keyof typeof visitors)[]
  for (const kind of kinds) await load(kind, WARM_UP)
  const figures = await measureInRounds(kinds, kind => load(kind, REQUESTS))
  printFigures('A page behind the guard', 'CPU µs', 'session', figures)
  printFigures('The same', 'CPU µs', 'session on Redis', figures)
  for (const { server } of Object.values(visitors)) server.stop()
  upstream.stop()
  redis.stop()
}

/** Logs a person in, and returns the cookies of that person's browser. */
async function logIn({ port }: ServerProcess): Promise<string> {
  const begun = await send(port, '/wechat/auth')
  const state = new URL(begun.location, 'http://localhost').searchParams.get('state')
  const finished = await send(port, `/wechat/auth/code?code=guard&state=${state}`, { cookies: begun.cookies })
  return finished.cookies
}
