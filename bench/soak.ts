// `npm run soak` sends hostile traffic to an app with every handler, in five rounds of one minute. It prints the app's
// memory and open handles after each round, and fails if either grows. `-- --rounds 2 --seconds 10` makes it shorter.
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Program, startProgram } from './soak/process.ts'
import {
  formatKinds,
  formatRounds,
  judgeSoak,
  MAX_HANDLES_LEFT,
  type Round,
  type SoakResult,
} from './soak/report.ts'
import { startTraffic } from './soak/traffic.ts'

interface SoakOptions {
  /** How long traffic runs before the first reading. With 0 the server's first reading is that of a fresh process. */
  warmUpMs?: number
  rounds?: number
  /** How long the traffic of one round lasts. */
  seconds?: number
  onRound?(result: SoakResult): void
}

/** Milliseconds to wait for handles to close: servers close idle connections after 5 s, a stalled call ends after 10 s. */
const SETTLE_MS = 20_000
/** By the end of the warm-up, V8 has compiled the code, and the cache of media, 32 MiB at most, is full. */
const WARM_UP_MS = 30_000

export async function runSoak({
  warmUpMs = WARM_UP_MS,
  rounds = 5,
  seconds = 60,
  onRound,
}: SoakOptions = {}): Promise<SoakResult> {
  const upstream = await startProgram('upstream.ts')
  const server = await startProgram('server.ts', upstream.origin)
  try {
    if (warmUpMs > 0) await warmUp(server, warmUpMs)
    const result: SoakResult = { start: await server.read(), rounds: [] }
    while (result.rounds.length < rounds) {
      result.rounds.push(await runRound(server, seconds, result.start.handles))
      onRound?.(result)
    }
    return result
  } finally {
    await Promise.all([server.stop(), upstream.stop()])
  }
}

/** Before the first reading, traffic makes the processes do what they do once, such as compiling their code. */
async function warmUp(server: Program, warmUpMs: number): Promise<void> {
  const traffic = startTraffic(server.origin)
  await delay(warmUpMs)
  await traffic.stop()
  await delay(SETTLE_MS / 2)
}

async function runRound(server: Program, seconds: number, startHandles: number): Promise<Round> {
  const traffic = startTraffic(server.origin)
  let busyHandles = 0
  for (let second = 0; second < seconds; second++) {
    await delay(1_000)
    busyHandles = Math.max(busyHandles, await server.countHandles())
  }
  const tally = await traffic.stop()
  await settle(server, startHandles)
  return { ...(await server.read()), busyHandles, tally }
}

/** Waits until the open handles are few enough for the judge, at most 20 s. */
async function settle(server: Program, startHandles: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS
  const most = startHandles + MAX_HANDLES_LEFT
  while (performance.now() < deadline && (await server.countHandles()) > most) await delay(500)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '60' } },
  })
  const result = await runSoak({
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    onRound: ({ rounds }) => console.error(`Round ${rounds.length} of ${values.rounds} has ended.`),
  })
  console.info(`${formatRounds(result)}\n\n${formatKinds(result)}`)
  const complaints = judgeSoak(result)
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length > 0) process.exitCode = 1
}
