// Compares the media handler with a raw pipe of node:http, and with a peer (co-wechat-api) that buffers the medium,
// encodes it as base64 and calls res.json. The server has a process of its own, so only its memory is measured.
// `node bench/media.ts small` prints one of the three tables: loads, beginnings or small.
import { download, type Running, start } from './media/client.ts'
import type { ServerKind } from './media/messages.ts'
import { formatRange, median, printTable } from './rounds.ts'

const MB = 1_000_000
const ROUNDS = 5
/** Milliseconds after which no new round of a table begins. On a busy machine a table has fewer rounds, at least one. */
const TIME = { loads: 60_000, beginnings: 20_000, smallFiles: 20_000 }
const DOWNLOADS = 50
const SMALL_REQUESTS = 1_000
/** Batches of 1,000 requests that warm a server up: V8 has compiled the code that they run after about 6,000. */
const WARM_UPS = 6
const kinds: readonly ServerKind[] = ['pipe', 'binary', 'base64', 'peer']

interface Load {
  /** The peak RSS during the downloads minus the RSS before them, in megabytes. */
  grownMb: number
  /** Megabytes of media that the server sends per second. */
  rate: number
}

/** Runs 50 downloads at once from a new server, after 20 small downloads that warm it up. */
async function load(upstream: Running, kind: ServerKind, size: number): Promise<Load> {
  const server = await start('./server.ts', kind, upstream.url)
  try {
    for (let i = 0; i < 20; i++) await download(server.url, kind, 200_000)
    const before = await server.usage()
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: DOWNLOADS }, () => download(server.url, kind, size)))
    const seconds = (performance.now() - startedAt) / 1000
    const after = await server.usage()
    return { grownMb: (after.peak - before.now) / MB, rate: (DOWNLOADS * size) / MB / seconds }
  } finally {
    await server.stop()
  }
}

async function measureLoads(upstream: Running): Promise<void> {
  const loads: [ServerKind, number][] = [
    ['pipe', 10],
    ['binary', 10],
    ['base64', 10],
    ['peer', 10],
    ['base64', 20],
  ]
  const results = new Map(loads.map(([kind, size]) => [`${kind} ${size}`, [] as Load[]]))
  const rounds = await inRounds(ROUNDS, TIME.loads, async () => {
    for (const [kind, size] of loads) {
      results.get(`${kind} ${size}`)?.push(await load(upstream, kind, size * MB))
    }
  })
  const pipe = results.get('pipe 10') ?? []
  // Each figure is divided by the pipe's figure of the same round, because other load on the machine changes over time.
  const beside = (runs: readonly Load[], what: keyof Load) =>
    describeRatios(runs.map((run, round) => run[what] / (pipe[round]?.[what] ?? Number.NaN)))
  printRows(
    `${DOWNLOADS} downloads at once, medians of ${rounds} rounds`,
    Object.fromEntries(
      [...results].map(([name, runs]) => {
        const growth = median(runs.map(({ grownMb }) => grownMb))
        const rate = median(runs.map(run => run.rate))
        return [
          `${name} MB`,
          {
            'memory grows by MB': Math.round(growth),
            'of the pipe': beside(runs, 'grownMb'),
            'media MB/s': Math.round(rate),
            "of the pipe's": beside(runs, 'rate'),
          },
        ]
      }),
    ),
  )
}

async function measureBeginnings(upstream: Running): Promise<void> {
  const samples = new Map(kinds.map(kind => [kind, [] as { first: number; head: number }[]]))
  const servers = await startAll(upstream)
  const warmUps = 15
  let run = 0
  const runs = await inRounds(60, TIME.beginnings, async () => {
    for (const [kind, server] of servers) {
      const { firstByteMs, first64KibMs } = await download(server.url, kind, 10 * MB)
      if (run >= warmUps) samples.get(kind)?.push({ first: firstByteMs, head: first64KibMs })
    }
    run++
  })
  await stopAll(servers)
  const pipeHead = median(samples.get('pipe')?.map(({ head }) => head) ?? [])
  printRows(
    `The beginning of 10 MB, one download at a time, medians of ${runs - warmUps}`,
    Object.fromEntries(
      [...samples].map(([kind, times]) => {
        const first = median(times.map(time => time.first))
        return [
          kind,
          {
            'first byte, ms': first.toFixed(2),
            "after the pipe's first 64 KiB, ms": (first - pipeHead).toFixed(2),
          },
        ]
      }),
    ),
  )
}

async function measureSmallFiles(upstream: Running): Promise<void> {
  const servers = await startAll(upstream)
  const sizes = [200, 2_000, 30_000, 100_000]
  const rates: Record<string, Record<string, string>> = {}
  const costs: Record<string, Record<string, string>> = {}
  for (const [kind, server] of servers) {
    for (let i = 0; i < WARM_UPS; i++) await measureRequests(server, kind, 200)
  }
  for (const size of sizes) {
    const runs = new Map(kinds.map(kind => [kind, [] as Requests[]]))
    await inRounds(ROUNDS, TIME.smallFiles / sizes.length, async () => {
      for (const [kind, server] of servers) runs.get(kind)?.push(await measureRequests(server, kind, size))
    })
    rates[`${size} B`] = tabulate(runs, 'perSecond', 0)
    costs[`${size} B`] = tabulate(runs, 'cpuMs', 3)
  }
  await stopAll(servers)
  printRows(
    `Small files, ${DOWNLOADS} at once (of the buffering peer's with its range; of the raw pipe's): requests a second`,
    rates,
  )
  printRows("The same: milliseconds of the server's processor for a request", costs)
}

interface Requests {
  perSecond: number
  cpuMs: number
}

/** Returns each kind's median, with its ratios to the peer's and to the pipe's figure of the same round. */
function tabulate(
  runs: ReadonlyMap<ServerKind, readonly Requests[]>,
  what: keyof Requests,
  digits: number,
): Record<string, string> {
  const beside = (all: readonly Requests[], other: ServerKind) =>
    describeRatios(all.map((run, round) => run[what] / (runs.get(other)?.[round]?.[what] ?? Number.NaN)))
  return Object.fromEntries(
    [...runs].map(([kind, all]) => {
      const value = median(all.map(run => run[what])).toFixed(digits)
      return [kind, `${value} (${beside(all, 'peer')}; ${beside(all, 'pipe')})`]
    }),
  )
}

async function measureRequests(server: Running, kind: ServerKind, size: number): Promise<Requests> {
  const before = await server.usage()
  const startedAt = performance.now()
  let left = SMALL_REQUESTS
  const worker = async () => {
    while (left-- > 0) await download(server.url, kind, size)
  }
  await Promise.all(Array.from({ length: DOWNLOADS }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  const after = await server.usage()
  return { perSecond: SMALL_REQUESTS / seconds, cpuMs: (after.cpuMs - before.cpuMs) / SMALL_REQUESTS }
}

const describeRatios = (ratios: readonly number[]) => `${median(ratios).toFixed(2)}, ${formatRange(ratios)}`

/** Runs at most `most` rounds, and begins none after `ms`. A round measures all kinds, so other load slows all alike. */
async function inRounds(most: number, ms: number, measure: () => Promise<void>): Promise<number> {
  const endsAt = performance.now() + ms
  let rounds = 0
  while (rounds < most && (rounds === 0 || performance.now() < endsAt)) {
    await measure()
    rounds++
  }
  return rounds
}

async function startAll(upstream: Running): Promise<[ServerKind, Running][]> {
  return Promise.all(
    kinds.map(
      async (kind): Promise<[ServerKind, Running]> => [kind, await start('./server.ts', kind, upstream.url)],
    ),
  )
}

async function stopAll(servers: readonly [ServerKind, Running][]): Promise<void> {
  await Promise.all(servers.map(([, server]) => server.stop()))
}

function printRows(title: string, rows: Record<string, Record<string, string | number>>): void {
  const [first = {}] = Object.values(rows)
  printTable(
    title,
    ['', ...Object.keys(first)],
    Object.entries(rows).map(([name, row]) => [name, ...Object.values(row)]),
  )
}

const tables = { loads: measureLoads, beginnings: measureBeginnings, small: measureSmallFiles }
const [chosen] = process.argv.slice(2)
const upstream = await start('./upstream.ts')
for (const [name, measure] of Object.entries(tables)) {
  if (chosen === undefined || chosen === name) await measure(upstream)
}
await upstream.stop()
process.exit()
