import type { Frame, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { accessToken, amr, call, legacyToken, ticket } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { openStrictPage, openTab, phoneAddress, useDashboard } from '../support/dashboard.ts'
import { type Box, keepPicture, startBox } from '../support/journey.ts'
import { png } from '../support/steps.ts'

/** `npm run matrix` logs in on both; the other tests here are on iOS, which is the default. */
const profiles = process.env.LONG_RUN ? (['ios', 'android'] as const) : (['android'] as const)

/** A window that shows the phone or the inspector, and one that shows both; `npm run matrix` has one between. */
const widths = process.env.LONG_RUN ? [360, 800, 1440] : [360, 1440]

describe.skipIf(!executablePath)('on the dashboard', () => {
  const chromium = useBrowser()
  const dashboard = useDashboard(chromium, { timezoneId: 'UTC' })

  async function pageInPhone(page: Page, box: Box): Promise<Frame> {
    await page.frameLocator('iframe').getByRole('heading', { name: '海边明信片' }).waitFor()
    const frame = page.frames().find(candidate => candidate.url().startsWith(box.app.url))
    if (!frame) throw new Error('the app is not in the phone')
    await frame.waitForFunction(() => 'configure' in window)
    return frame
  }

  describe('the dashboard', () => {
    it('shows calls as they come, keeps one open meanwhile, plays media, and shows no whole token', async () => {
      const { simulator } = await startBox()
      const { page } = dashboard
      await page.goto(`${simulator.url}/`)
      await page.getByText('还没有请求').waitFor()

      const token = await accessToken(simulator)
      await ticket(simulator, token)
      await page.getByText('/cgi-bin/ticket/getticket').waitFor()
      await openTab(page, 'media')
      simulator.uploadMedia({ type: 'image', data: png })
      simulator.uploadMedia({
        type: 'voice',
        data: Buffer.concat([amr.subarray(0, 6), Buffer.alloc(320, 0x3c)]),
      })
      await page.waitForFunction(
        () => document.querySelector<HTMLImageElement>('.medium img')?.naturalWidth === 1,
      )
      const heard = await page.locator('audio').evaluate(async audio => {
        const player = audio as HTMLAudioElement
        player.muted = true
        await player.play()
        return player.duration
      })
      expect(heard).toBeGreaterThan(0)

      await openTab(page, 'requests')
      await page.getByText('/cgi-bin/ticket/getticket').click()
      await page.getByText('access_token', { exact: true }).nth(0).waitFor()
      await page.locator('pre').getByText('"expires_in": 7200').waitFor()
      await legacyToken(simulator)
      await page.getByText('/cgi-bin/token', { exact: true }).waitFor()
      expect(await page.locator('.row[aria-expanded="true"] code').allTextContents()).toEqual([
        '/cgi-bin/ticket/getticket',
      ])
      const html = await page.content()
      for (const secret of [token, simulator.currentJsapiTicket, simulator.appSecret]) {
        expect(html).not.toContain(secret)
      }
      await keepPicture(page, 'dashboard')
    })

    it('ends tokens, plans faults, sets switches and lets time pass, by keyboard too', async () => {
      const { simulator } = await startBox()
      const page = await openStrictPage(chromium.browser, { locale: 'en-GB' })
      await accessToken(simulator)
      await page.goto(`${simulator.url}/?tab=tokens`)
      await page.getByText('works').waitFor()
      await page.getByRole('button', { name: 'Expire all' }).press('Enter')
      await page.getByText('expired', { exact: true }).waitFor()
      expect(simulator.currentAccessTokens).toEqual([])

      const userLogins = page.getByRole('region', { name: 'User logins' })
      await userLogins.getByText('refresh_tokens of users stop working at once').waitFor()
      await userLogins.getByRole('button', { name: 'End user logins' }).waitFor()

      await openTab(page, 'faults')
      await page.getByLabel('Which call').selectOption('Download media')
      await page.getByLabel('Which fault').selectOption('errcode:45009')
      await page.getByRole('spinbutton', { name: 'Times' }).fill('2')
      await page.getByRole('button', { name: 'Plan this fault' }).press('Enter')
      await page.getByText('errcode 45009 · The daily quota is used up × 2').waitFor()
      const token = await accessToken(simulator)
      for (const errcode of [45009, 45009, 40007]) {
        const refused = await call(simulator, '/cgi-bin/media/get', { access_token: token, media_id: 'x' })
        expect(refused.body.errcode).toBe(errcode)
      }

      const list = page.getByRole('switch', { name: /IP not whitelisted/ })
      await list.focus()
      await page.keyboard.press('Space')
      await expect.poll(async () => (await legacyToken(simulator)).body.errcode).toBe(40164)
      await list.uncheck()
      await expect.poll(async () => (await legacyToken(simulator)).body.errcode).toBeUndefined()

      await openTab(page, 'time')
      const before = simulator.now()
      await page.getByRole('button', { name: '+3 days' }).click()
      await expect.poll(() => simulator.now() - before).toBeGreaterThanOrEqual(3 * 86_400_000)
    })

    it('lets new addresses wait for the administrator, who can be the developer', async () => {
      const { simulator } = await startBox()
      const { page } = dashboard
      await page.goto(`${simulator.url}/?tab=faults`)
      await page.getByRole('switch', { name: /新 IP 需管理员确认/ }).check()
      await expect.poll(() => simulator.exportState().config.newCallers).toBe('need-confirmation')
      for (const errcode of [89503, 89501]) {
        expect((await legacyToken(simulator)).body.errcode).toBe(errcode)
      }
      await page.getByRole('button', { name: '确认这些 IP' }).press('Enter')
      await expect.poll(async () => (await legacyToken(simulator)).body.errcode).toBeUndefined()
    })

    it('shows a switch as pressed while the simulator still answers another one', async () => {
      const { simulator } = await startBox()
      const { page } = dashboard
      await page.goto(`${simulator.url}/?tab=faults`)
      let release = () => {}
      const gate = new Promise<void>(resolve => {
        release = resolve
      })
      await page.route('**/simulator/behaviour', async route => {
        if (route.request().postData()?.includes('testAccount')) await gate
        await route.continue()
      })
      const slow = page.getByRole('switch', { name: /测试号/ })
      await slow.check()
      await page.getByRole('switch', { name: /快照页/ }).check()
      await expect.poll(() => simulator.exportState().config.snapshotPage).toBe(true)
      await simulatorIsRead(page, simulator)
      expect(await slow.isChecked()).toBe(true)
      release()
      await expect.poll(() => simulator.exportState().config.testAccount).toBe(true)
    })

    it('shows a switch as pressed while an older reading of the simulator is under way', async () => {
      const { simulator } = await startBox()
      const { page } = dashboard
      await page.goto(`${simulator.url}/?tab=faults`)
      const pressed = page.getByRole('switch', { name: /测试号/ })
      await pressed.waitFor()
      let release = () => {}
      const gate = new Promise<void>(resolve => {
        release = resolve
      })
      const isHeld = new Promise<void>(resolve => {
        void page.route('**/simulator/dashboard', async route => {
          const response = await route.fetch()
          resolve()
          await gate
          await route.fulfill({ response })
        })
      })
      await accessToken(simulator)
      await isHeld
      const answered = page.waitForResponse('**/simulator/behaviour')
      await pressed.click()
      await (await answered).finished()
      await page.evaluate(() => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn))))
      expect(await pressed.isChecked()).toBe(true)
      release()
      await simulatorIsRead(page, simulator)
      expect(await pressed.isChecked()).toBe(true)
    })

    /** By then the dashboard has drawn what the simulator told of the change. It reads again after each call. */
    async function simulatorIsRead(page: Page, simulator: Box['simulator']): Promise<void> {
      for (let times = 0; times < 2; times += 1) {
        const read = page.waitForResponse('**/simulator/dashboard')
        await accessToken(simulator)
        await read
      }
    }

    it('says who is at the phone, who logs in silently and can be changed', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.goto(phoneAddress(box, '/', { tab: 'people' }))
      const isAtPhone = (id: string) =>
        page
          .frameLocator('iframe')
          .locator(`body[data-openid="${box.simulator.people.get(id)?.openid}"]`)
          .waitFor()
      await page.getByRole('radio', { name: /每次询问/ }).focus()
      await page.keyboard.press('ArrowDown')
      await isAtPhone('lin-xiaoyu')
      expect(await page.context().cookies()).toContainEqual(expect.objectContaining({ value: 'lin-xiaoyu' }))
      await page.getByRole('radio', { name: /陈思远/ }).check()
      await isAtPhone('chen-siyuan')
    })
  })

  describe('the phone', () => {
    it.each(profiles)(
      'logs a visitor in, is WeChat on %s to the page, and logs its calls by the simulated time',
      async profile => {
        const box = await startBox({ now: () => Date.UTC(2027, 4, 1, 4, 5, 6) })
        const { page } = dashboard
        await page.goto(phoneAddress(box, '/', { profile }))
        const login = page.frameLocator('iframe')
        await login.getByText('陈思远').click()
        await login.getByRole('button', { name: '继续' }).click()

        const frame = await pageInPhone(page, box)
        await page.locator('.wechat-bar').getByText('海边明信片').waitFor()
        expect(await frame.evaluate(`configure(['startRecord', 'stopRecord'])`)).toBe('config:ok')
        await page.locator('.verdict').getByText('config:ok').waitFor()
        await openTab(page, 'jssdk')
        const call = page.locator('#panel-jssdk .row').filter({ hasText: 'preVerifyJSAPI' })
        expect(await call.locator('time').textContent()).toMatch(/^04:05:0/)
        await call.click()
        const details = page.locator('#panel-jssdk pre').first()
        expect(await details.textContent()).toContain('\n  "verifyJsApiList": [')
        expect(await frame.evaluate('__wxsim.state.profile')).toBe(profile)
        // The frame hands the microphone on.
        expect(await frame.evaluate(`call('startRecord')`)).toMatchObject({ how: 'success' })
        await login.getByTestId('wxsim-recording').getByText('正在录音').waitFor()
        expect(await frame.evaluate(`call('stopRecord')`)).toMatchObject({ how: 'success' })
        await keepPicture(page, `phone-${profile}`)
      },
    )

    it('opens the menu, whose entries the page hears', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.goto(phoneAddress(box, '/public'))
      const frame = await pageInPhone(page, box)
      await frame.evaluate(`configure(['onMenuShareAppMessage'])`)
      await frame.evaluate(`wx.onMenuShareAppMessage({ trigger() { document.title = 'shared' } })`)
      await page.getByRole('button', { name: '更多' }).press('Enter')
      await page.frameLocator('iframe').getByTestId('wxsim-share-friend').click()
      await page.locator('.wechat-bar').getByText('shared').waitFor()
    })

    it('hears of a page that loads the script long after everything else', async () => {
      const box = await startBox()
      box.app.before = (_req, res) =>
        void res.send('<!doctype html><title>迟到</title><link rel="icon" href="data:,">')
      const { page } = dashboard
      await page.goto(phoneAddress(box))
      await page.frameLocator('iframe').locator('title').waitFor({ state: 'attached' })
      const frame = page.frames()[1]
      await frame?.waitForLoadState('load')
      await frame?.addScriptTag({ url: `${box.simulator.url}/simulator/jweixin.js` })
      await page.locator('.wechat-bar').getByText('迟到').waitFor()
    })

    it('goes back from page to page, stays on the first, and becomes another one where it is', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.goto(phoneAddress(box, '/public/first'))
      const frame = await pageInPhone(page, box)
      await frame.evaluate(`void history.pushState(null, '', '/public/second')`)
      const back = page.getByRole('button', { name: '返回' })
      await back.click()
      await expect.poll(async () => (await profileAndPath(page, box)).path).toBe('/public/first')
      await back.click()
      await page.getByText('已经是第一页').waitFor()
      expect(page.url()).toContain('/phone')
      // With the entry before it, the next press would leave the dashboard.
      await expect.poll(() => page.evaluate('history.state')).toBe('phone')
      expect((await profileAndPath(page, box)).path).toBe('/public/first')

      await frame.evaluate(`void history.pushState(null, '', '/public/third')`)
      const address = page.getByRole('textbox', { name: '页面地址' })
      await expect.poll(() => address.inputValue()).toBe(`${box.app.url}/public/third`)
      await page.getByRole('radio', { name: '安卓' }).check({ force: true })
      await expect
        .poll(() => profileAndPath(page, box))
        .toEqual({ profile: 'android', path: '/public/third' })
    })

    it('is left by one press of the browser’s own back button', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.goto(`${box.app.url}/public/before`)
      await page.goto(phoneAddress(box, '/public/first'))
      await pageInPhone(page, box)
      await page.evaluate(() => history.back())
      await page.waitForURL(`${box.app.url}/public/before`)
    })

    it('stays if the browser has no page to go back to', async () => {
      const box = await startBox()
      const page = await openStrictPage(chromium.browser)
      // The tab's own empty page is replaced, so that the history begins with the dashboard.
      await page.goto('about:blank')
      await page.evaluate(address => location.replace(address), phoneAddress(box, '/public/first'))
      await pageInPhone(page, box)
      await page.evaluate(() => history.back())
      await page.getByText('已经是第一页').waitFor()
      expect((await profileAndPath(page, box)).path).toBe('/public/first')
    })

    it('says that a page is opening while its frame is empty', async () => {
      const box = await startBox()
      const { page } = dashboard
      let answer = () => {}
      box.app.before = (_req, res, next) => {
        answer = () => next()
        if (res.req.path !== '/public/slow') next()
      }
      await page.goto(phoneAddress(box, '/public/slow'))
      await page.locator('.opening').getByText('正在打开…').waitFor()
      const gate = answer
      gate()
      await page.locator('.opening').waitFor({ state: 'detached' })
      await pageInPhone(page, box)
    })

    it('has a login in sight, its button in a low window and its top under the top bar', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.setViewportSize({ width: 1440, height: 800 })
      await page.goto(phoneAddress(box))
      const button = page.frameLocator('iframe').getByRole('button', { name: '继续' })
      await button.waitFor()
      const screen = await page.locator('.screen').boundingBox()
      const { y = 0, height = 0 } = (await button.boundingBox()) ?? {}
      expect(y + height).toBeLessThanOrEqual((screen?.y ?? 0) + (screen?.height ?? 0))

      for (const width of widths) {
        await page.setViewportSize({ width, height: 640 })
        // The login takes the focus as it loads, which may scroll all that is around it.
        await page.goto(phoneAddress(box))
        await page.frameLocator('iframe').locator(':focus').waitFor()
        const bar = await page.locator('.top-bar').boundingBox()
        const tools = await page.locator('.tools').boundingBox()
        expect(tools?.y).toBeGreaterThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0))
      }
    })

    async function profileAndPath(page: Page, box: Box) {
      const frame = await pageInPhone(page, box)
      const profile = await frame.evaluate('__wxsim.state.profile')
      return { profile, path: new URL(frame.url()).pathname }
    }

    it('says that a page without the script has no menu', async () => {
      const box = await startBox()
      const { page } = dashboard
      await page.goto(phoneAddress(box, '/plain'))
      await page.frameLocator('iframe').locator('html').waitFor()
      await page.getByRole('button', { name: '更多' }).click()
      await page.getByText('没有引入模拟器的脚本').waitFor()
    })
  })
})
