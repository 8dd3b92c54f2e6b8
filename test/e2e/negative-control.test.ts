import { describe, expect, it, vi } from 'vitest'
import { executablePath } from '../simulator/bridge/support/phone.js'
import { openPhone, startBox, useBrowser } from './support/journey.js'
import { openApp, refusesWrongSignatures } from './support/steps.js'

// A simulator that takes every signature, as a careless one would.
vi.mock('../../src/simulator/platform/jssdk/tickets.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/simulator/platform/jssdk/tickets.js')>()
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

  it.each(['android', 'ios'] as const)('the journey on %s fails', async profile => {
    const box = await startBox()
    const phone = await openPhone(chromium.browser, { profile })
    await openApp(phone, box)
    await expect(refusesWrongSignatures(phone)).rejects.toThrow("expected 'config:ok'")
  })
})
