import type { RequestListener } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { listen } from '../../support/listen.ts'
import { inPhone, logInInPhone, phoneAddress, seePage, useDashboard } from '../support/dashboard.ts'
import { startBox } from '../support/journey.ts'

async function serve(listener: RequestListener, port?: number): Promise<{ port: number; close(): void }> {
  const { origin, close } = await listen(listener, port)
  onTestFinished(close)
  return { port: Number(new URL(origin).port), close }
}

/** What the dashboard calls the faults that leave the frame empty. */
const blankFaults = {
  reset: '断开连接',
  hang: '没有回应',
  lost: '处理完后断开连接',
  empty: '空响应',
} as const

describe.skipIf(!executablePath)('what the phone can not show, the dashboard explains', () => {
  const chromium = useBrowser()
  // What can not be shown is in the console, too.
  const dashboard = useDashboard(chromium, { mayComplain: true })

  it('shows the page with which an app ends a login that failed', async () => {
    const box = await startBox()
    box.simulator.faults.always('/sns/oauth2/access_token', { errcode: 45009 })
    const { page } = dashboard
    await page.goto(phoneAddress(box))
    await inPhone(page).getByText('林晓雨').click()
    await inPhone(page).getByRole('button', { name: '继续' }).click()
    await inPhone(page).getByRole('heading', { name: '登录没有完成' }).waitFor()
    await page.getByText('已触发预设的故障').getByText('45009').waitFor()
  })

  it('logs in an app on localhost, although it was opened under 127.0.0.1', async () => {
    const box = await startBox()
    box.app.url = box.app.url.replace('127.0.0.1', 'localhost')
    const { port } = new URL(box.simulator.url)
    // The app lets the simulator frame it under the name that the developer opens.
    box.app.before = (_req, res, next) => {
      const { set } = res
      res.set = (...values: Parameters<typeof set>) =>
        set.apply(res, values[0] === 'Content-Security-Policy' ? [values[0], "base-uri 'none'"] : values)
      next()
    }
    const { page } = dashboard
    await page.goto(phoneAddress(box))
    expect(page.url()).toContain(`http://localhost:${port}/phone`)
    await logInInPhone(page)
    expect(box.simulator.history.count('/sns/oauth2/access_token')).toBe(1)
  })

  it('says that no app runs, and opens the page as soon as one does', async () => {
    const { simulator } = await startBox()
    const app = await serve((_req, res) => res.end())
    app.close()
    const { page } = dashboard
    await page.goto(`${simulator.url}/phone?url=http://127.0.0.1:${app.port}/`)
    await page.getByRole('alert').getByText(`http://127.0.0.1:${app.port}/ 没有应用在运行`).waitFor()
    await serve((_req, res) => res.setHeader('content-type', 'text/html').end('<h1>back</h1>'), app.port)
    await inPhone(page).getByRole('heading', { name: 'back' }).waitFor()
  })

  it('says that framing is forbidden behind a redirect', async () => {
    const { simulator } = await startBox()
    const app = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/home' }).end()
      else res.setHeader('x-frame-options', 'DENY').end('no frames')
    })
    const { page } = dashboard
    await page.goto(`${simulator.url}/phone?url=http://127.0.0.1:${app.port}/`)
    await page.getByRole('alert').getByText(`frame-ancestors 中加入 ${simulator.url}`).waitFor()
  })

  it('does not open pages of other sites', async () => {
    const { simulator } = await startBox()
    const { page } = dashboard
    await page.goto(`${simulator.url}/phone?url=https://example.com/`)
    await page.getByText('不是公众号的「JS接口安全域名」').waitFor()
  })

  it('says what is no address, and adds a scheme that is missing', async () => {
    const box = await startBox()
    const { page } = dashboard
    await page.goto(`${box.simulator.url}/phone?url=notaurl`)
    await page.getByRole('alert').getByText('「notaurl」不是网址').waitFor()
    const address = page.getByRole('textbox', { name: '页面地址' })
    await address.fill(`${new URL(box.app.url).host}/public`)
    await address.press('Enter')
    await seePage(page)
  })

  it('names each fault of the authorize page, and opens it again', async () => {
    const box = await startBox()
    const { page } = dashboard
    await page.goto(phoneAddress(box))
    const button = inPhone(page).getByRole('button', { name: '继续' })
    await button.waitFor()
    for (const [fault, name] of Object.entries(blankFaults)) {
      box.simulator.faults.next('/connect/oauth2/authorize', fault as keyof typeof blankFaults)
      await page.getByRole('button', { name: '刷新' }).click()
      const reason = `已触发预设的故障：${name}（/connect/oauth2/authorize）`
      await page.getByRole('alert').getByText(reason).waitFor()
      // Only what is done is lost: the page asks who is there, or is skipped.
      await page.getByRole('button', { name: '重新打开' }).click()
      await button.waitFor()
    }
  })
})
