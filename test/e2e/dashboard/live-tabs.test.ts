import { describe, expect, it } from 'vitest'
import { accessToken } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { openContext } from '../support/dashboard.ts'
import { startBox } from '../support/journey.ts'

/** One more than the connections that a browser opens to one host; `npm run matrix` has twelve. */
const manyTabs = process.env.LONG_RUN ? 12 : 7

describe.skipIf(!executablePath)('many tabs of the dashboard', () => {
  const chromium = useBrowser()

  it(`are live, all ${manyTabs} of them, over one connection`, async () => {
    const { simulator } = await startBox()
    const context = await openContext(chromium.browser)
    let connections = 0
    context.on('request', request => {
      if (request.url().endsWith('/simulator/events')) connections += 1
    })
    const pages = await Promise.all(Array.from({ length: manyTabs }, () => context.newPage()))
    for (const page of pages) {
      await page.goto(`${simulator.url}/`)
      await page.getByText('还没有请求').waitFor()
    }
    await accessToken(simulator)
    for (const page of pages) await page.getByText('/cgi-bin/stable_token').waitFor()
    expect(connections).toBeLessThanOrEqual(1)
  })
})
