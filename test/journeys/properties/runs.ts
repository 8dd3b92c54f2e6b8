import fc from 'fast-check'

/**
 * How often a property is tried. `npm run properties` sets more. On Express 4 a tenth is enough, because the code of this
 * package is the same there.
 */
const RUNS = Number(process.env.PROPERTY_RUNS ?? (process.env.EXPRESS_MAJOR === '4' ? 200 : 2_000))
const SEED = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 0x7fff_ffff))
const IS_LONG = process.env.PROPERTY_RUNS !== undefined

export const RETURN_URL_RUNS = RUNS
/** A long run tries return URLs in full, and the other properties a tenth as often, but not less than usual. */
export const OTHER_RUNS = Math.max(Math.min(RUNS, 2_000), Math.ceil(RUNS / 10))

/** A run with a login takes some milliseconds, also on a busy machine with a low priority. */
export const timeoutFor = (runs: number): number => 60_000 + runs * 120

/**
 * Asserts a property. A failure names the seed and the smallest example that fails; a long run also prints how often
 * the property held.
 */
export async function assertProperty<Values extends [unknown, ...unknown[]]>(
  name: string,
  runs: number,
  property: fc.IAsyncProperty<Values>,
  describeRun: () => string = () => '',
): Promise<void> {
  const startedAt = performance.now()
  await fc.assert(property, { numRuns: runs, seed: SEED })
  if (!IS_LONG) return
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.info(`${name}: held in ${runs} runs, seed ${SEED}, ${seconds} s${describeRun()}`)
}
