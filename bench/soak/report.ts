import type { Reading } from './messages.ts'
import { findFailedVisits, type Tally } from './traffic.ts'

/** The result of one round of traffic, with the server's reading after it. */
export interface Round extends Reading {
  /** The highest number of open handles during the traffic. */
  busyHandles: number
  tally: Tally
}

export interface SoakResult {
  /** The server's reading before the first round. */
  start: Reading
  rounds: Round[]
}

/** The run fails if the RSS after the last round is more than so many times that after the first round. */
const MAX_GROWTH = 1.1
/** The run fails if the open handles after the last round differ by more from those at the start: a few may differ. */
export const MAX_HANDLES_LEFT = 5

/** Returns a sentence for each defect that the run found; an empty list if it found none. */
export function judgeSoak({ start, rounds }: SoakResult): string[] {
  const [first, last] = [rounds[0], rounds.at(-1)]
  if (!first || !last) return ['no round has ended']
  const growth = last.rss / first.rss
  const left = last.handles - start.handles
  return [
    ...(growth > MAX_GROWTH
      ? [`RSS grew to ${growth.toFixed(2)} of the first round, at most ${MAX_GROWTH} is right`]
      : []),
    ...(Math.abs(left) > MAX_HANDLES_LEFT
      ? [`${last.handles} handles are open, and ${start.handles} were at the start`]
      : []),
    ...rounds.flatMap(({ tally }) => findFailedVisits(tally)),
    ...rounds.flatMap(({ tally }) => findAnswers500(tally)),
    ...rounds.flatMap(({ errors }) => errors.map(error => `unexpected error: ${error}`)),
  ]
}

/** Lists the kinds answered with 500, a defect of the server. 502, 503 and 504 name a failure of WeChat or full slots. */
function findAnswers500(tally: Tally): string[] {
  return [...tally].filter(([, endings]) => endings.has('500')).map(([kind]) => `${kind}: answered with 500`)
}

/** Returns a table with a row per round: memory, handles and delay of the server, and how its requests ended. */
export function formatRounds({ start, rounds }: SoakResult): string {
  const endings = [...new Set(rounds.flatMap(({ tally }) => [...sumEndings(tally).keys()]))].sort()
  const rows = rounds.map((round, index) => {
    const sums = sumEndings(round.tally)
    return [
      index + 1,
      toMegabytes(round.rss),
      toMegabytes(round.heap),
      toMegabytes(round.buffers),
      round.busyHandles,
      round.handles,
      round.delayP99Ms.toFixed(1),
      sum(sums.values()),
      ...endings.map(ending => sums.get(ending) ?? 0),
    ]
  })
  const head = [
    'round',
    'RSS MB',
    'heap MB',
    'buffers MB',
    'handles',
    'afterwards',
    'delay p99 ms',
    'requests',
    ...endings,
  ]
  return `${formatTable(head, rows)}\nAt the start: ${toMegabytes(start.rss)} MB of RSS, ${start.handles} handles.`
}

/** Returns a table with a row per kind of request: how often it was sent in each round, and how it ended in all rounds. */
export function formatKinds({ rounds }: SoakResult): string {
  const kinds = [...new Set(rounds.flatMap(({ tally }) => [...tally.keys()]))]
  const rows = kinds.map(kind => {
    const counts = rounds.map(({ tally }) => sum(tally.get(kind)?.values() ?? []))
    const endings = new Map<string, number>()
    for (const { tally } of rounds) addEndings(endings, tally.get(kind) ?? new Map())
    return [kind, ...counts, [...endings].map(([ending, count]) => `${ending}: ${count}`).join(', ')]
  })
  return formatTable(['kind', ...rounds.map((_, index) => `round ${index + 1}`), 'ended with'], rows)
}

function sumEndings(tally: Tally): Map<string, number> {
  const sums = new Map<string, number>()
  for (const endings of tally.values()) addEndings(sums, endings)
  return sums
}

function addEndings(sums: Map<string, number>, endings: ReadonlyMap<string, number>): void {
  for (const [ending, count] of endings) sums.set(ending, (sums.get(ending) ?? 0) + count)
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0)
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function formatTable(head: string[], rows: (string | number)[][]): string {
  const lines = [head, ...rows].map(cells => cells.map(String))
  const widths = head.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)))
  const format = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [first = '', ...others] = lines.map(format)
  return [first, format(widths.map(width => '-'.repeat(width))), ...others].join('\n')
}
