export interface TokenSoakRow {
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

export interface TokenSoakResult {
  rows: TokenSoakRow[]
  processes: number
  outages: number
  /** How many times the token was due for a refresh during the run, rounded up. */
  lives: number
}

/** Fewer requests than this in a phase prove nothing. */
const MIN_REQUESTS = 50
/** The first phase lasts two lives: one call for each, and one more because the phase begins within a life. */
const MAX_STEADY_CALLS = 3

/** What is wrong with a run, one sentence each; empty if all is well. */
export function judgeTokenSoak(result: TokenSoakResult): string[] {
  const { rows } = result
  const [first] = rows
  if (!first) return ['no phase has ended']
  const tokenCalls = countTokenCalls(result)
  const most = mostTokenCalls(result)
  return [
    ...rows.flatMap(({ phase, failures }) => failures.map(failure => `${phase}: ${failure}`)),
    ...rows.filter(row => row.deadUses > 0).map(row => `${row.phase}: ${row.deadUses} uses of a dead token`),
    ...rows.filter(row => row.requests < MIN_REQUESTS).map(row => `${row.phase}: ${row.requests} requests`),
    ...(first.tokenCalls > MAX_STEADY_CALLS ? [`${first.phase}: ${first.tokenCalls} token calls`] : []),
    ...(tokenCalls > most ? [`${tokenCalls} token calls, at most ${most} are right`] : []),
  ]
}

/** One row per phase. */
export function formatTokenSoak(result: TokenSoakResult): string {
  const { rows, processes, outages, lives } = result
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
  return [
    format(head),
    format(widths.map(width => '-'.repeat(width))),
    ...lines.map(format),
    `${processes} processes; ${countTokenCalls(result)} token calls in ${lives} lives and ${outages} outages ` +
      `(at most ${lives} + ${processes} x ${outages} = ${mostTokenCalls(result)})`,
  ].join('\n')
}

function countTokenCalls({ rows }: TokenSoakResult): number {
  return rows.reduce((sum, row) => sum + row.tokenCalls, 0)
}

/** One call for each life; in an outage, each process also asks for itself. */
function mostTokenCalls({ lives, processes, outages }: TokenSoakResult): number {
  return lives + processes * outages
}
