import { describe, expect, it } from 'vitest'
import { accessToken, authorizeUrl, call, legacyToken, simulate } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { openTab, useDashboard } from '../support/dashboard.ts'

describe.skipIf(!executablePath)('the requests', () => {
  const chromium = useBrowser()
  const permissions = ['clipboard-read', 'clipboard-write']
  const chinese = useDashboard(chromium, { permissions })
  const english = useDashboard(chromium, { permissions, locale: 'en-GB' })

  it('say how much time has passed between them, and on which day they came', async () => {
    const simulator = await simulate()
    await legacyToken(simulator)
    simulator.advance(3 * 86_400_000)
    await legacyToken(simulator)
    const { page } = chinese
    await page.goto(simulator.url)
    await page.getByText('3 天之后').waitFor()
    expect(await page.locator('.rows .day').allTextContents()).toEqual([
      expect.stringContaining('11月23日'),
      expect.stringContaining('11月20日'),
    ])
  })

  it('show a call that waits for its answer as running, not as failed', async () => {
    const simulator = await simulate()
    simulator.faults.next('/cgi-bin/token', 'hang')
    const { page } = chinese
    await page.goto(simulator.url)
    await page.getByText('还没有请求').waitFor()
    const waiting = legacyToken(simulator).catch(() => undefined)
    await page.locator('.outcome.running').getByText('进行中').waitFor()
    expect(await page.locator('.outcome.bad').count()).toBe(0)
    await page.goto('about:blank')
    await simulator.close()
    await waiting
  })

  it.each([
    ['Chinese', chinese, '参数的顺序与文档不一致'],
    ['English', english, 'not in the documented order'],
  ])('warn in the language of the interface: %s', async (_language, { page }, warning) => {
    const simulator = await simulate()
    const url = new URL(authorizeUrl(simulator))
    url.searchParams.append('state', 'again')
    await fetch(url)
    await page.goto(simulator.url)
    await page.locator('.row').click()
    await page.locator('.row-detail .warning').getByText(warning).waitFor()
  })

  it('are searched and filtered, and a refusal says why and leads to the official page', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    await call(simulator, '/cgi-bin/media/get', { access_token: token, media_id: 'gone' })
    const { page } = english
    await page.goto(simulator.url)
    await expect.poll(() => page.locator('.row').count()).toBe(2)
    await page.getByLabel('Filter').selectOption('Failed only')
    await expect.poll(() => page.locator('.row').count()).toBe(1)
    await page.getByRole('searchbox').fill('stable')
    await page.getByText('No request matches').waitFor()
    await page.getByRole('searchbox').fill('gone')
    await page.locator('.row').click()
    await page.getByText('The media_id is unknown or has expired').waitFor()
    await page.getByText('invalid media_id', { exact: true }).waitFor()
    expect(await page.getByRole('link', { name: /Official page/ }).getAttribute('href')).toContain(
      'developers.weixin.qq.com',
    )
  })

  it('are copied as curl with a variable for each secret', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    const { page } = chinese
    await page.goto(simulator.url)
    await page.locator('.row').click()
    await page.getByRole('button', { name: '复制为 curl' }).click()
    await page.getByText('已复制').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied).toContain(`curl "${simulator.url}/cgi-bin/stable_token" --json`)
    expect(copied).toContain('${SECRET}')
    for (const secret of [token, simulator.appSecret]) expect(copied).not.toContain(secret)
  })

  describe('the address of the dashboard', () => {
    it('holds the tab over a reload, and a link to a fault fills in its form without planning it', async () => {
      const simulator = await simulate()
      const { page } = english
      await page.goto(simulator.url)
      await openTab(page, 'time')
      await page.reload()
      await page.getByRole('tab', { name: 'Time', selected: true }).waitFor()

      await page.goto(`${simulator.url}/?tab=faults&path=/sns/userinfo&fault=errcode:12345`)
      expect(await page.getByLabel('Which call').inputValue()).toBe('/sns/userinfo')
      expect(await page.getByRole('textbox', { name: 'Another errcode' }).inputValue()).toBe('12345')
      await page.getByText('No fault is planned').waitFor()
      expect(simulator.exportState().advancedMs).toBe(0)
    })

    it('plays a scenario, which is copied as a test', async () => {
      const simulator = await simulate()
      await accessToken(simulator)
      const { page } = english
      await page.goto(`${simulator.url}/?tab=faults`)
      const scenario = page.getByRole('listitem').filter({ hasText: 'Token revoked elsewhere' })
      await scenario.getByRole('button', { name: 'Play' }).click()
      await expect.poll(() => simulator.currentAccessTokens).toEqual([])
      await scenario.getByRole('button', { name: 'Copy as test' }).click()
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      expect(copied).toContain("simulator.scenario('token revoked elsewhere')")
    })
  })
})
