// CPU time of a page of a person who is logged in, beside the same page that reads the session itself.
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const ROUNDS = 5
const REQUESTS = 2_000
const kinds = ['session', 'ours'] as const

export async function measureGuard(): Promise<void> {
  const upstream = await startServer('./login-upstream.ts')
  const servers = {
    session: await startServer('./login-server.ts', ['session']),
    ours: await startServer('./login-server.ts', ['ours', `http://127.0.0.1:${upstream.port}`]),
  }
  const cookies = { session: await logIn(servers.session), ours: await logIn(servers.ours) }
  async function load(kind: (typeof kinds)[number]): Promise<number> {
    const { port, ask } = servers[kind]
    const before = await ask('cpu')
    await inParallel(REQUESTS, 20, async () =>
      assertStatus(await send(port, '/page', { cookies: cookies[kind] }), 200),
    )
    return ((await ask('cpu')) - before) / REQUESTS
  }
  for (const kind of kinds) await load(kind)
  const figures = await measureInRounds(ROUNDS, kinds, load)
  printFigures('A page behind the guard', 'CPU µs', 'session', figures)
  for (const server of [upstream, ...Object.values(servers)]) server.stop()
}

/** The cookies of a person who has logged in. */
async function logIn({ port }: ServerProcess): Promise<string> {
  const begun = await send(port, '/wechat/auth')
  const state = new URL(begun.location, 'http://localhost').searchParams.get('state')
  const finished = await send(port, `/wechat/auth/code?code=guard&state=${state}`, { cookies: begun.cookies })
  return finished.cookies
}
