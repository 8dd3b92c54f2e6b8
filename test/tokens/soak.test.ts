import { expect, it } from 'vitest'
import { formatSoak, runSoak } from '../../bench/token-soak.ts'
import { redisProgram } from '../support/redis-server.ts'

it.skipIf(!redisProgram)(
  'four processes under load, while Redis is frozen, killed, empty and flushed',
  { timeout: 120_000 },
  async () => {
    const soak = await runSoak({ seconds: 1, processes: 4 })
    console.info(formatSoak(soak))
    const { rows, lives, processes, outages } = soak
    expect(rows.map(({ phase }) => phase)).toEqual([
      '1 steady',
      '2 Redis frozen',
      '3 after',
      '4 Redis killed',
      '5 back, empty',
      '6 flushed',
    ])
    for (const { phase, requests, failures, deadUses } of rows) {
      expect({ phase, failures, deadUses }).toEqual({ phase, failures: [], deadUses: 0 })
      expect(requests).toBeGreaterThan(50)
    }
    // Before the first outage one call per life, as far as the beginning and the end cut into one.
    expect(rows[0]?.tokenCalls).toBeLessThanOrEqual(3)
    const tokenCalls = rows.reduce((sum, row) => sum + row.tokenCalls, 0)
    expect(tokenCalls).toBeLessThanOrEqual(lives + processes * outages)
  },
)
