import { describe, expect, it } from 'vitest'
import { judgeTokenSoak, type TokenSoakResult, type TokenSoakRow } from '../../bench/token-soak/report.ts'

describe('judgeTokenSoak', () => {
  const row = (change: Partial<TokenSoakRow> = {}): TokenSoakRow => ({
    phase: '1 steady',
    seconds: 12,
    requests: 480,
    failures: [],
    p50: 5,
    p99: 20,
    max: 40,
    tokenCalls: 3,
    ticketCalls: 1,
    deadUses: 0,
    ...change,
  })
  const judge = (rows: TokenSoakRow[], change: Partial<TokenSoakResult> = {}) =>
    judgeTokenSoak({ rows, processes: 4, outages: 3, lives: 6, ...change })

  it('accepts a call for each life, and one of each process for each outage', () => {
    expect(judge([row(), row({ phase: '2 Redis frozen', tokenCalls: 15 })])).toEqual([])
  })

  it.each([
    ['a request fails', [row({ failures: ['call: 503 x'] })], '1 steady: call: 503 x'],
    ['a dead token is used', [row({ deadUses: 2 })], '1 steady: 2 uses of a dead token'],
    ['the load is too small', [row({ requests: 49 })], '1 steady: 49 requests'],
    ['processes do not share a token', [row({ tokenCalls: 4 })], '1 steady: 4 token calls'],
    [
      'an outage costs more calls',
      [row(), row({ phase: '2 Redis frozen', tokenCalls: 16 })],
      '19 token calls, at most 18 are right',
    ],
    ['no phase ends', [], 'no phase has ended'],
  ])('complains if %s', (_what, rows, complaint) => {
    expect(judge(rows)).toEqual([complaint])
  })
})
