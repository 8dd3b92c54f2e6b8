import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPhone } from '../../e2e/support/journey.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { useExamples } from '../support/use-examples.ts'

describe.skipIf(!executablePath)('examples/jssdk-page.ts', () => {
  const chromium = useBrowser()
  const startExample = useExamples()
  let wechat: RunningSimulator
  beforeAll(async () => {
    wechat = await startSimulator()
  })
  afterAll(() => wechat.close())

  it('is verified, and scans a code', async () => {
    const { page } = await openPhone(chromium.browser, { settings: { scanResult: 'found' } })
    await page.goto(await startExample('jssdk-page.ts', wechat.env))
    await page.getByRole('button', { name: '扫码' }).click()
    await page.getByText('found').waitFor()
    expect(wechat.history.count('/cgi-bin/ticket/getticket')).toBe(1)
  })
})
