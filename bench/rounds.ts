/** No round begins after this time, so that a scenario ends within three minutes on a busy machine too. */
const LAST_START_MS = 90_000

/** One figure of each kind per round. Kinds are measured in turns, so that a busy moment of the machine meets them alike. */
export async function measureInRounds<Kind extends string>(
  rounds: number,
  kinds: readonly Kind[],
  measure: (kind: Kind) => Promise<number>,
): Promise<Map<Kind, number[]>> {
  const figures = new Map(kinds.map(kind => [kind, [] as number[]]))
  const startedAt = performance.now()
  for (let round = 0; round < rounds && performance.now() - startedAt < LAST_START_MS; round++) {
    for (const kind of kinds) figures.get(kind)?.push(await measure(kind))
  }
  return figures
}

/** Prints the median of each kind, and the median and the range of its ratio to the base of the same round. */
export function printFigures<Kind extends string>(
  title: string,
  unit: string,
  base: Kind,
  figures: ReadonlyMap<Kind, readonly number[]>,
): void {
  const bases = figures.get(base) ?? []
  console.info(`${title}: medians of ${bases.length} rounds`)
  for (const [kind, values] of figures) {
    const ratios = values.map((value, round) => value / (bases[round] ?? Number.NaN))
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    const figure = `${median(values).toFixed(1)} ${unit}`
    console.info(`  ${kind}: ${figure}, ${median(ratios).toFixed(2)} of ${base} (${range})`)
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
