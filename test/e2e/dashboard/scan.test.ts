import { requireWechatLogin } from 'express-wechat'
import type { FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { inPhone, useDashboard } from '../support/dashboard.ts'
import { keepPicture } from '../support/journey.ts'

describe.skipIf(!executablePath)('the phone of the dashboard scans what a computer shows', () => {
  const phone = useDashboard(useBrowser())
  let site: Site
  beforeAll(async () => {
    site = await startSite({
      router: { scanLogin: true },
      pages: (app, tokenManager) => {
        app.get('/page', requireWechatLogin({ tokenManager, outsideWechat: 'scan' }), (req, res) => {
          res.send(
            `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="openid">${req.wechat.openid}</p>`,
          )
        })
      },
    })
  })
  afterAll(closeSites)

  /** In one browser, as on a laptop: the computer's page has the other name of this machine. */
  async function openBoth(): Promise<{ dashboard: Page; computer: Page }> {
    const dashboard = phone.page
    await dashboard.goto(`${site.wechat.url}/phone?url=${encodeURIComponent(`${site.origin}/page`)}`)
    const computer = await dashboard.context().newPage()
    onTestFinished(() => computer.close())
    await computer.goto(`${site.origin.replace('127.0.0.1', 'localhost')}/page`)
    await computer.locator('.code svg').waitFor()
    await dashboard.bringToFront()
    await dashboard.getByRole('button', { name: '扫一扫' }).click()
    return { dashboard, computer }
  }

  async function confirm(phone: FrameLocator, computer: Page): Promise<void> {
    await phone.getByText('林晓雨').click()
    await phone.getByRole('button', { name: '继续' }).click()
    const digits = (await computer.locator('.digits').textContent()) ?? ''
    await phone.getByLabel('两位数字').fill(digits)
    await phone.getByRole('button', { name: '确认登录' }).click()
    await phone.getByRole('heading', { name: '已确认' }).waitFor()
  }

  const isLoggedIn = async (computer: Page) => {
    await computer.getByRole('link', { name: '继续' }).click()
    await computer.waitForURL(/^http:\/\/localhost:\d+\/page/)
    expect(await computer.locator('#openid').textContent()).toBe(site.wechat.people.get('lin-xiaoyu')?.openid)
  }

  it('from a screenshot of the code, which is chosen or dropped', async () => {
    const { dashboard, computer } = await openBoth()
    const buffer = await computer.locator('.code').screenshot()
    await keepPicture(dashboard, 'dashboard-scan-panel')
    await dashboard
      .locator('.scan-panel [type="file"]')
      .setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer })
    await confirm(inPhone(dashboard), computer)
    await keepPicture(dashboard, 'dashboard-scan-confirmed')
    await isLoggedIn(computer)
  })

  it('from its address, pasted or dropped as a link; a picture without a code says so', async () => {
    const { dashboard, computer } = await openBoth()
    const address = (await computer.getByRole('link', { name: '模拟器' }).getAttribute('href')) ?? ''
    await dashboard.getByLabel('二维码中的地址').fill(address)
    await dashboard.keyboard.press('Enter')
    await opensLogin(dashboard, address)

    await dashboard.getByRole('textbox', { name: '页面地址' }).fill(`${site.origin}/page`)
    await dashboard.keyboard.press('Enter')
    await dashboard.getByRole('button', { name: '扫一扫' }).click()
    const picture = await dashboard.locator('.top-bar').screenshot()
    await dashboard
      .locator('.scan-panel [type="file"]')
      .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: picture })
    await dashboard.getByText('没有找到二维码').waitFor()
    await dashboard.locator('.scan-panel').evaluate((panel, text) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.setData('text/plain', text)
      panel.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }, address)
    await opensLogin(dashboard, address)
  })

  async function opensLogin(dashboard: Page, address: string): Promise<void> {
    // Under the name that the phone has for this machine, so that the two share no cookies.
    const shown = address.replace('localhost', '127.0.0.1')
    await expect.poll(() => dashboard.getByRole('textbox', { name: '页面地址' }).inputValue()).toBe(shown)
    await dashboard.locator('.scan-panel').waitFor({ state: 'detached' })
    await inPhone(dashboard).getByText('林晓雨').waitFor()
  }

  it('opens the app for a computer under the other name of this machine', async () => {
    const dashboard = phone.page
    await dashboard.goto(`${site.wechat.url}/phone?url=${encodeURIComponent(`${site.origin}/page`)}`)
    await dashboard.getByRole('button', { name: '扫一扫' }).click()
    const link = dashboard.getByRole('link', { name: '在电脑上打开应用' })
    expect(await link.getAttribute('href')).toBe(`${site.origin.replace('127.0.0.1', 'localhost')}/`)
    await dashboard.keyboard.press('Escape')
    expect(await link.count()).toBe(0)
  })
})
