// CPU time of one warm signature beside the limit that Express sets: `express.json()` and `res.json()` of constants.
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const ROUNDS = 5
const REQUESTS = 2_000
const kinds = ['express.json', 'ours'] as const

export async function measureSigning(): Promise<void> {
  const servers = {
    'express.json': await startServer('./sign-server.ts', ['express.json']),
    ours: await startServer('./sign-server.ts', ['ours']),
  }
  async function load(kind: (typeof kinds)[number], requests: number): Promise<number> {
    const { port, ask } = servers[kind]
    const body = JSON.stringify({ url: `http://127.0.0.1:${port}/page?x=1` })
    const before = await ask('cpu')
    await inParallel(requests, 20, async () => assertStatus(await send(port, '/sign', { body }), 200))
    return ((await ask('cpu')) - before) / requests
  }
  for (const kind of kinds) await load(kind, REQUESTS)
  const figures = await measureInRounds(ROUNDS, kinds, kind => load(kind, REQUESTS))
  printFigures('A warm signature', 'CPU µs', 'express.json', figures)
  for (const server of Object.values(servers)) server.stop()
}
