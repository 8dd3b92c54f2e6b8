import type { Fault } from 'express-wechat/simulator'
import type { Frame, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { inPhone, phoneAddress, useDashboard } from '../support/dashboard.ts'
import { type Box, startBox } from '../support/journey.ts'

const paths = [
  '/connect/oauth2/authorize',
  '/sns/oauth2/access_token',
  '/sns/userinfo',
  '/cgi-bin/stable_token',
  '/cgi-bin/ticket/getticket',
  '/cgi-bin/media/get',
] as const

type Path = (typeof paths)[number]

const faults: readonly Fault[] = [
  { errcode: -1 },
  { errcode: 40001 },
  { errcode: 42001 },
  { errcode: 40029 },
  { errcode: 40163 },
  { errcode: 45009 },
  { errcode: 48001 },
  { delayMs: 2_000 },
  { status: 500 },
  'reset',
  'lost',
  'hang',
  'drip',
  'cut',
  'html',
  'empty',
]

/** What the dashboard calls each kind of fault, in its Chinese interface. */
const namedFaults: Readonly<Record<string, string>> = {
  reset: '断开连接',
  lost: '处理完后断开连接',
  hang: '没有回应',
  drip: '一点一点地回应',
  cut: '响应只发一半',
  html: '网关错误页',
  empty: '空响应',
}

const everyCell = paths.flatMap(path => faults.map(fault => ({ path, fault, name: JSON.stringify(fault) })))
/** Each call once. `npm run matrix` runs every cell, `never-blank.test.ts` what leaves the login blank. */
const cells = process.env.LONG_RUN
  ? everyCell
  : everyCell.filter(({ path, name }) =>
      [
        '/connect/oauth2/authorize {"errcode":-1}',
        '/sns/oauth2/access_token "hang"',
        '/sns/userinfo "html"',
        '/cgi-bin/stable_token "empty"',
        '/cgi-bin/ticket/getticket {"errcode":48001}',
        '/cgi-bin/media/get "cut"',
      ].includes(`${path} ${name}`),
    )

describe.skipIf(!executablePath)('a planned fault in a visit', () => {
  // A request that fails is in the console, too.
  const dashboard = useDashboard(useBrowser(), { mayComplain: true })

  it.each(cells)('$name at $path has a message and no blank frame', async ({ path, fault }) => {
    const box = await startBox({}, { scope: path === '/sns/userinfo' ? 'snsapi_userinfo' : 'snsapi_base' })
    box.simulator.faults.always(path, fault)
    const { page } = dashboard
    // A frame that never ends keeps back the load event of the page around it.
    await page.goto(phoneAddress(box), { waitUntil: 'commit' })
    await visit(page, box, path)
    const message = page.locator('.fault-strip, .explanation').filter({ hasText: '已触发预设的故障' })
    await message
      .filter({ hasText: wordsOf(fault) })
      .filter({ hasText: path })
      .first()
      .waitFor()
    // A delayed page is announced over the empty frame, and comes in the end.
    await expect.poll(() => isBlank(page), { timeout: 15_000 }).toBe(false)
  })

  function wordsOf(fault: Fault): string {
    if (typeof fault === 'string') return namedFaults[fault] ?? fault
    if ('errcode' in fault) return `errcode ${fault.errcode}`
    return 'status' in fault ? `HTTP ${fault.status}` : '延迟'
  }

  /** Continues the visit until the app makes the call that has the fault. */
  async function visit(page: Page, { app, simulator }: Box, path: Path): Promise<void> {
    if (path === '/connect/oauth2/authorize') return
    await inPhone(page).getByText('林晓雨').click()
    await inPhone(page)
      .getByRole('button', { name: /继续|允许/ })
      .click()
    if (path === '/sns/oauth2/access_token') return
    await inPhone(page).getByRole('heading', { name: '海边明信片' }).waitFor()
    const address = {
      '/sns/userinfo': '/wechat/auth/user',
      '/cgi-bin/stable_token': '',
      '/cgi-bin/ticket/getticket': '',
      '/cgi-bin/media/get': `/wechat/offiaccount/media?media_id=${simulator.uploadMedia({ type: 'image', data: Buffer.alloc(9) })}`,
    }[path]
    const frame = page.frames().find(candidate => candidate.url().startsWith(app.url))
    if (!frame) throw new Error('the app is not in the phone')
    await frame.waitForFunction(() => 'configure' in window)
    // Not awaited: a fault may keep the answer for long.
    await frame.evaluate(address ? `void fetch('${address}')` : `void configure(['scanQRCode'])`)
  }

  async function isBlank(page: Page): Promise<boolean> {
    if (await page.locator('.explanation').isVisible()) return false
    const [, frame] = page.frames()
    return frame === undefined || frame.url().startsWith('chrome-error:') || (await textOf(frame)) === ''
  }

  /** Between two pages of the frame there is no document to read. */
  function textOf(frame: Frame): Promise<string> {
    return frame.evaluate(() => document.body.innerText.trim()).catch(() => '')
  }
})
