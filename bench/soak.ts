// Hostile traffic against an app with every handler. `npm run soak` takes five rounds of one minute, and prints what
// the server holds after each of them; it fails if memory or handles grow. A shorter run is
// `npm run soak -- --rounds 2 --seconds 10`.
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

/** Servers keep an idle connection for five seconds, and the package a stalled WeChat for ten. */
const SETTLE_MS = 20_000
/** Until the code is compiled, and the cache of media, which holds 32 MiB at most, is full. */
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

/** What a process does once, such as compiling its code, is not what is measured. */
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

/** Waits until no handle counts as left open, or until each that has a time limit is closed. */
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
