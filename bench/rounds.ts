/** No round begins so long after the first, so that all scenarios end within about ten minutes on a busy machine too. */
const LAST_START_MS = 60_000
const MAX_ROUNDS = 5

/** Measures each kind once per round. The kinds take turns, so that other load on the machine slows all of them alike. */
export async function measureInRounds<Kind extends string>(
  kinds: readonly Kind[],
  measure: (kind: Kind) => Promise<number>,
): Promise<Map<Kind, number[]>> {
  const figures = new Map(kinds.map(kind => [kind, [] as number[]]))
  const startedAt = performance.now()
  for (let round = 0; round < MAX_ROUNDS && performance.now() - startedAt < LAST_START_MS; round++) {
    for (const kind of kinds) figures.get(kind)?.push(await measure(kind))
  }
  return figures
}

/** Prints each kind's median, and the median and range of its ratios to the base kind's figure of the same round. */
export function printFigures<Kind extends string>(
  title: string,
  unit: string,
  base: Kind,
  figures: ReadonlyMap<Kind, readonly number[]>,
): void {
  const bases = figures.get(base) ?? []
  printTable(
    `${title}, medians of ${bases.length} rounds`,
    ['kind', unit, `of ${base} (range)`],
    [...figures].map(([kind, values]) => {
      const ratios = values.map((value, round) => value / (bases[round] ?? Number.NaN))
      return [kind, median(values).toFixed(1), `${median(ratios).toFixed(2)} (${formatRange(ratios)})`]
    }),
  )
}

/** Prints a table in Markdown. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const lines = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
  console.info(`\n${title}:\n\n${lines.join('\n')}`)
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function formatRange(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
}
