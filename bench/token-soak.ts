// `npm run soak:tokens` keeps eight processes under constant load while their Redis is frozen, killed and flushed. It
// repeats these phases for 60 s, or for `-- --seconds N`, and prints a row for each. test/tokens/soak.test.ts runs each
// phase once.
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { redisCommand, startRedis } from '../test/support/redis-server.ts'
import { startScriptedWechat, TICKET, TOKEN } from '../test/support/scripted-wechat.ts'
import { type Answered, failuresOf, startLoad, startTokenWorkers } from '../test/support/token-workers.ts'

export interface SoakRow {
  phase: string
  seconds: number
  requests: number
  failures: string[]
  /** The percentiles and the maximum of the answer times of `POST /jssdk`, in milliseconds. */
  p50: number
  p99: number
  max: number
  tokenCalls: number
  ticketCalls: number
  deadUses: number
}

export interface SoakResult {
  rows: SoakRow[]
  processes: number
  outages: number
  /** How many times the token was due for a refresh during the run, rounded up. */
  lives: number
}

/** The TTL of an access token. It is longer than an outage of Redis, as in production. */
const LIFE_MS = 8_000
/** The age at which the package refreshes a token of this TTL: when a quarter of it is left. */
const LIFE_IN_USE_MS = LIFE_MS * 0.75
const OUTAGE_MS = 5_000
const AFTERWARDS_MS = 4_000

export async function runSoak({ seconds = 60, processes = 8 } = {}): Promise<SoakResult> {
  const server = await startRedis()
  const wechat = await startScriptedWechat({ ttlMs: LIFE_MS, overlapMs: LIFE_MS * 0.3, ticketExpiresIn: 60 })
  const workers = await startTokenWorkers(processes)
  const rows: SoakRow[] = []
  let outages = 0
  try {
    await workers.configure(index => ({
      appId: 'wx0123456789abcdef',
      tokenMode: 'stable',
      apiBaseUrl: `${wechat.baseUrl}/by/${index}`,
      timeoutMs: 2_000,
      redis: { kind: 'single', url: server.url },
      wallOffsetMs: 0,
    }))
    // 20 unmeasured calls make each process do first what it does once, such as compiling its code.
    await Promise.all(workers.list.map(worker => worker.cold(20)))
    const load = startLoad(workers)
    const startedAt = performance.now()

    async function run(phase: string, ms: number): Promise<void> {
      load.phase = `${rows.length + 1} ${phase}`
      const before = [wechat.count(TOKEN), wechat.count(TICKET), wechat.deadUses()]
      const phaseStartedAt = performance.now()
      await new Promise(done => setTimeout(done, ms))
      const [tokenCalls = 0, ticketCalls = 0, deadUses = 0] = [
        wechat.count(TOKEN),
        wechat.count(TICKET),
        wechat.deadUses(),
      ].map((count, index) => count - (before[index] ?? 0))
      rows.push({
        phase: load.phase,
        seconds: Math.round((performance.now() - phaseStartedAt) / 1000),
        ...latencies([]),
        requests: 0,
        failures: [],
        tokenCalls,
        ticketCalls,
        deadUses,
      })
    }

    do {
      await run('steady', 2 * LIFE_IN_USE_MS)
      server.freeze()
      await run('Redis frozen', OUTAGE_MS)
      server.thaw()
      await run('after', AFTERWARDS_MS)
      await server.kill()
      await run('Redis killed', OUTAGE_MS)
      await server.start()
      await run('back, empty', AFTERWARDS_MS)
      await redisCommand(server.port, 'FLUSHALL')
      await run('flushed', AFTERWARDS_MS)
      outages += 3
    } while (performance.now() - startedAt < seconds * 1000)

    const answers = await load.stop()
    for (const row of rows) {
      const ofPhase = answers.filter(({ phase }) => phase === row.phase)
      Object.assign(row, {
        requests: ofPhase.length,
        failures: failuresOf(ofPhase),
        ...latencies(ofPhase.filter(({ what }) => what === 'jssdk')),
      })
    }
    return { rows, processes, outages, lives: Math.ceil((performance.now() - startedAt) / LIFE_IN_USE_MS) }
  } finally {
    await workers.close()
    await wechat.close()
    await server.close()
  }
}

function latencies(answers: Answered[]): Pick<SoakRow, 'p50' | 'p99' | 'max'> {
  const sorted = answers.map(({ ms }) => ms).sort((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

export function formatSoak({ rows, processes, outages, lives }: SoakResult): string {
  const head = [
    'phase',
    'seconds',
    'requests',
    'failed',
    'jssdk p50 ms',
    'p99',
    'max',
    'token calls',
    'ticket calls',
    'dead uses',
  ]
  const lines = rows.map(row =>
    [
      row.phase,
      row.seconds,
      row.requests,
      row.failures.join(', ') || 0,
      row.p50,
      row.p99,
      row.max,
      row.tokenCalls,
      row.ticketCalls,
      row.deadUses,
    ].map(String),
  )
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map(line => line[column]?.length ?? 0)),
  )
  const format = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const calls = rows.reduce((sum, row) => sum + row.tokenCalls, 0)
  return [
    format(head),
    format(widths.map(width => '-'.repeat(width))),
    ...lines.map(format),
    `${processes} processes; ${calls} token calls in ${lives} lives and ${outages} outages ` +
      `(at most ${lives} + ${processes} x ${outages} = ${lives + processes * outages})`,
  ].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, processes: { type: 'string', default: '8' } },
  })
  const result = await runSoak({ seconds: Number(values.seconds), processes: Number(values.processes) })
  console.info(formatSoak(result))
  if (result.rows.some(row => row.failures.length > 0 || row.deadUses > 0)) process.exitCode = 1
}
