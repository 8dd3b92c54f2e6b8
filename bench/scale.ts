// Signatures per second of 1, 2 and 4 processes. The load comes from this process, which takes a part of the cores.
import { availableParallelism } from 'node:os'
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const ROUNDS = 5
const REQUESTS = 2_000
const kinds = ['1', '2', '4'] as const

export async function measureScale(): Promise<void> {
  const servers = await Promise.all(
    Array.from({ length: 4 }, () => startServer('./sign-server.ts', ['ours'])),
  )
  async function load(kind: (typeof kinds)[number]): Promise<number> {
    const used = servers.slice(0, Number(kind))
    const startedAt = performance.now()
    await inParallel(REQUESTS, 20, async index => {
      const { port = 0 } = used[index % used.length] ?? {}
      const body = JSON.stringify({ url: `http://127.0.0.1:${port}/page?x=1` })
      assertStatus(await send(port, '/sign', { body }), 200)
    })
    return (REQUESTS / (performance.now() - startedAt)) * 1_000
  }
  for (const kind of kinds) await load(kind)
  const figures = await measureInRounds(ROUNDS, kinds, load)
  printFigures(
    `Signatures of several processes on ${availableParallelism()} cores`,
    'per second',
    '1',
    figures,
  )
  for (const server of servers) server.stop()
}
