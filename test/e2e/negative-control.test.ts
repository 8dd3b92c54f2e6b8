import { describe, expect, it, vi } from 'vitest'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { openPhone, startBox } from './support/journey.ts'
import { openApp, refusesWrongSignatures } from './support/steps.ts'

// A simulator that takes every signature, as a careless one would.
vi.mock('../../src/simulator/platform/jssdk/tickets.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/simulator/platform/jssdk/tickets.ts')>()
  return {
    ...original,
    createTickets: (...given: Parameters<typeof original.createTickets>) => ({
      ...original.createTickets(...given),
      judge: () => 'current',
    }),
  }
})

describe.skipIf(!executablePath)('with the comparison of signatures broken', () => {
  const chromium = useBrowser()

  it('the journey of the wrong signatures fails', async () => {
    const box = await startBox()
    const phone = await openPhone(chromium.browser, { profile: 'ios' })
    await openApp(phone, box)
    await expect(refusesWrongSignatures(phone)).rejects.toThrow("expected 'config:ok'")
  })
})
