import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accessToken, jpeg } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { startApp } from '../support/app.ts'
import { openContext, openTab, phoneAddress, seePage } from '../support/dashboard.ts'

const restarts = process.env.LONG_RUN ? 10 : 1
/** The promise is five seconds; a loaded machine needs more for the browser alone. */
const backWithinMs = process.env.LONG_RUN ? 5_000 : 15_000

describe.skipIf(!executablePath)('a simulator that is restarted', () => {
  const chromium = useBrowser()

  async function startKept(stateFile: string): Promise<RunningSimulator> {
    const simulator = await startSimulator({ stateFile })
    onTestFinished(() => simulator.close())
    return simulator
  }

  async function seesCall(page: Page, simulator: RunningSimulator): Promise<void> {
    await accessToken(simulator)
    await page.getByText('实时更新').waitFor({ timeout: backWithinMs })
    await page
      .locator('#panel-requests')
      .getByText('/cgi-bin/stable_token')
      .first()
      .waitFor({ timeout: backWithinMs })
  }

  /** Between two pages of the frame there is nothing to ask. */
  const bridgeInPhone = (page: Page) =>
    page
      .frames()[1]
      ?.evaluate('typeof __wxsim')
      .catch(() => 'no page')

  it(`finds its tab, key and media again after ${restarts} restart(s), and then its page`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'restart-'))
    const stateFile = join(folder, 'state.json')
    let simulator = await startKept(stateFile)
    simulator.advance(86_400_000)
    const mediaId = simulator.uploadMedia({ type: 'image', data: jpeg })
    const app = await startApp(simulator)
    onTestFinished(() => app.close())
    const page = await (await openContext(chromium.browser)).newPage()
    await page.goto(phoneAddress({ simulator, app }, '/public', { tab: 'requests' }))
    await seePage(page)
    await seesCall(page, simulator)
    for (let round = 0; round < restarts; round += 1) {
      const { url, appId } = simulator
      const before = simulator.now()
      await simulator.close()
      await page.getByText('模拟器已停止').waitFor()
      simulator = await startKept(stateFile)
      expect([simulator.url, simulator.appId]).toEqual([url, appId])
      expect(simulator.now()).toBeGreaterThanOrEqual(before)
      expect(simulator.exportState().media).toMatchObject([{ mediaId }])
      await seesCall(page, simulator)

      // The key of the new run is known too: what needs it works.
      await openTab(page, 'time')
      await page.getByRole('button', { name: '+5 分钟' }).click()
      await expect
        .poll(() => simulator.now() - before, { timeout: backWithinMs })
        .toBeGreaterThanOrEqual(300_000)
      await openTab(page, 'requests')
    }

    // A page that lost the simulator's script while the simulator was away is opened again.
    await simulator.close()
    await page.getByText('模拟器已停止').waitFor()
    await page.getByRole('button', { name: '刷新' }).click()
    await expect.poll(() => bridgeInPhone(page)).toBe('undefined')
    simulator = await startKept(stateFile)
    await page.getByText('实时更新').waitFor({ timeout: backWithinMs })
    await expect.poll(() => bridgeInPhone(page), { timeout: backWithinMs }).toBe('object')
    await page.close()
    await simulator.close()
    rmSync(folder, { recursive: true })
  })
})
