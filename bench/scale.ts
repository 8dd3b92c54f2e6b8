// Measures the signatures per second of 1, 2 and 4 server processes. This process sends the requests on the same cores.
import { availableParallelism } from 'node:os'
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const WARM_UP = 8_000
const REQUESTS = 2_000
/** How many server processes share the requests. */
const kinds = ['1', '2', '4'] as const

export async function measureScale(): Promise<void> {
  const upstream = await startServer('./token-upstream.ts')
  const servers = await Promise.all(
    Array.from({ length: 4 }, () => startServer('./sign-server.ts', ['live', String(upstream.port)])),
  )
  const rates = new Map(kinds.map(kind => [kind, [] as number[]]))

  /** Returns the CPU microseconds of one signature, and adds the signatures per second to `rates`. */
  async function load(kind: (typeof kinds)[number], requests: number): Promise<number> {
    const used = servers.slice(0, Number(kind))
    const cpu = async () => {
      const times = await Promise.all(used.map(server => server.ask('cpu')))
      return times.reduce((sum, time) => sum + time, 0)
    }
    const before = await cpu()
    const startedAt = performance.now()
    await inParallel(requests, 20, async index => {
      const { port = 0 } = used[index % used.length] ?? {}
      const body = JSON.stringify({ url: `http://127.0.0.1:${port}/page?x=1` })
      assertStatus(await send(port, '/sign', { body }), 200)
    })
    rates.get(kind)?.push((requests / (performance.now() - startedAt)) * 1_000)
    return ((await cpu()) - before) / requests
  }
  await load('4', WARM_UP)
  rates.get('4')?.pop()
  const figures = await measureInRounds(kinds, kind => load(kind, REQUESTS))
  const title = `Signatures of 1, 2 and 4 processes on ${availableParallelism()} cores, with the load on the same cores`
  printFigures(`${title}: of all processes`, 'CPU µs', '1', figures)
  printFigures(title, 'per second', '1', rates)
  for (const server of [upstream, ...servers]) server.stop()
}
