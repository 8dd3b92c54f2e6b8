import type { BrowserContextOptions, Frame, Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accessToken, amr, call, legacyToken, ticket } from '../../simulator/support.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { openStrictPage, openTab, phoneAddress } from '../support/dashboard.ts'
import { type Box, keepPicture, startBox } from '../support/journey.ts'
import { png } from '../support/steps.ts'

describe.skipIf(!executablePath)('on the dashboard', () => {
  const chromium = useBrowser()

  const openDashboard = (options: BrowserContextOptions = {}) => openStrictPage(chromium.browser, options)

  async function pageInPhone(page: Page, box: Box): Promise<Frame> {
    await page.frameLocator('iframe').getByRole('heading', { name: '海边明信片' }).waitFor()
    const frame = page.frames().find(candidate => candidate.url().startsWith(box.app.url))
    if (!frame) throw new Error('the app is not in the phone')
    await frame.waitForFunction(() => 'configure' in window)
    return frame
  }

  describe('the dashboard', () => {
    it('shows calls as they come, pictures and voices, and no whole token', async () => {
      const { simulator } = await startBox()
      const page = await openDashboard()
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
      const html = await page.content()
      for (const secret of [token, simulator.currentJsapiTicket, simulator.appSecret]) {
        expect(html).not.toContain(secret)
      }
      await keepPicture(page, 'dashboard')
    })

    it('keeps an open call open while others come', async () => {
      const { simulator } = await startBox()
      const page = await openDashboard()
      await legacyToken(simulator)
      await page.goto(`${simulator.url}/`)
      await page.locator('.row').click()
      await accessToken(simulator)
      await page.getByText('/cgi-bin/stable_token').waitFor()
      await page.getByText('grant_type').and(page.locator(':visible')).waitFor()
    })

    it('ends tokens, plans faults, sets switches and lets time pass, by keyboard too', async () => {
      const { simulator } = await startBox()
      const page = await openDashboard({ locale: 'en-GB' })
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
      const page = await openDashboard({ locale: 'en-GB' })
      await page.goto(`${simulator.url}/?tab=faults`)
      await page.getByRole('switch', { name: /Administrator confirms new IPs/ }).check()
      await expect.poll(() => simulator.exportState().config.newCallers).toBe('need-confirmation')
      for (const errcode of [89503, 89501]) {
        expect((await legacyToken(simulator)).body.errcode).toBe(errcode)
      }
      await page.getByRole('button', { name: 'Confirm these IPs' }).press('Enter')
      await expect.poll(async () => (await legacyToken(simulator)).body.errcode).toBeUndefined()
    })

    it('shows a switch as pressed while the simulator still answers another one', async () => {
      const { simulator } = await startBox()
      const page = await openDashboard()
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
      await simulatorIsRead(page)
      expect(await slow.isChecked()).toBe(true)
      release()
      await expect.poll(() => simulator.exportState().config.testAccount).toBe(true)
    })

    it('shows a switch as pressed while an older reading of the simulator is under way', async () => {
      const { simulator } = await startBox()
      const page = await openDashboard()
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
      await isHeld
      const answered = page.waitForResponse('**/simulator/behaviour')
      await pressed.click()
      await (await answered).finished()
      await page.evaluate(() => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn))))
      expect(await pressed.isChecked()).toBe(true)
      release()
      await simulatorIsRead(page)
      expect(await pressed.isChecked()).toBe(true)
    })

    /** By then the dashboard has drawn what the simulator told of the change. */
    async function simulatorIsRead(page: Page): Promise<void> {
      for (let times = 0; times < 2; times += 1) {
        await page.waitForResponse(response => response.url().endsWith('/simulator/dashboard'))
      }
    }

    it('says who is at the phone, and silent logins are that person’s', async () => {
      const box = await startBox()
      const page = await openDashboard({ colorScheme: 'dark' })
      await page.goto(`${box.simulator.url}/?tab=people`)
      await page.getByRole('radio', { name: /每次询问/ }).focus()
      await page.keyboard.press('ArrowDown')
      await expect
        .poll(async () => (await page.context().cookies()).map(({ value }) => value))
        .toContain('lin-xiaoyu')
      await page.goto(phoneAddress(box))
      const frame = await pageInPhone(page, box)
      const openid = await frame.locator('body').getAttribute('data-openid')
      expect(openid).toBe(box.simulator.people.get('lin-xiaoyu')?.openid)
    })
  })

  describe('the phone', () => {
    it.each(['ios', 'android'] as const)(
      'logs a visitor in and is WeChat on %s to the page',
      async profile => {
        const box = await startBox()
        const page = await openDashboard()
        await page.goto(phoneAddress(box, '/', { profile }))
        const login = page.frameLocator('iframe')
        await login.getByText('陈思远').click()
        await login.getByRole('button', { name: '继续' }).click()

        const frame = await pageInPhone(page, box)
        await page.locator('.wechat-bar').getByText('海边明信片').waitFor()
        expect(await frame.evaluate(`configure(['startRecord', 'stopRecord'])`)).toBe('config:ok')
        await page.locator('.verdict').getByText('config:ok').waitFor()
        await openTab(page, 'jssdk')
        await page.locator('#panel-jssdk .row').getByText('preVerifyJSAPI').waitFor()
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
      const page = await openDashboard()
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
      const page = await openDashboard()
      await page.goto(phoneAddress(box))
      await page.frameLocator('iframe').locator('title').waitFor({ state: 'attached' })
      const frame = page.frames()[1]
      await frame?.waitForLoadState('load')
      await frame?.addScriptTag({ url: `${box.simulator.url}/simulator/jweixin.js` })
      await page.locator('.wechat-bar').getByText('迟到').waitFor()
    })

    it('becomes another one, on the page that it was on', async () => {
      const box = await startBox()
      const page = await openDashboard()
      await page.goto(phoneAddress(box, '/public/first'))
      const frame = await pageInPhone(page, box)
      await frame.evaluate(`void history.pushState(null, '', '/public/second')`)
      const address = page.getByRole('textbox', { name: '页面地址' })
      await expect.poll(() => address.inputValue()).toBe(`${box.app.url}/public/second`)
      await page.getByRole('radio', { name: '安卓' }).check({ force: true })
      await expect
        .poll(() => profileAndPath(page, box))
        .toEqual({ profile: 'android', path: '/public/second' })
    })

    it('goes back from page to page, and stays on the first', async () => {
      const box = await startBox()
      const page = await openDashboard()
      await page.goto(phoneAddress(box, '/public/first'))
      const frame = await pageInPhone(page, box)
      await frame.evaluate(`void history.pushState(null, '', '/public/second')`)
      const back = page.getByRole('button', { name: '返回' })
      await back.click()
      await expect.poll(async () => (await profileAndPath(page, box)).path).toBe('/public/first')
      await back.click()
      await page.getByText('已经是第一页').waitFor()
      expect(page.url()).toContain('/phone')
      expect((await profileAndPath(page, box)).path).toBe('/public/first')
    })

    it('is left by one press of the browser’s own back button', async () => {
      const box = await startBox()
      const page = await openDashboard()
      await page.goto(`${box.app.url}/public/before`)
      await page.goto(phoneAddress(box, '/public/first'))
      await pageInPhone(page, box)
      await page.evaluate(() => history.back())
      await page.waitForURL(`${box.app.url}/public/before`)
    })

    it('stays if the browser has no page to go back to', async () => {
      const box = await startBox()
      const page = await openDashboard()
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
      const page = await openDashboard()
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

    it('has the button of the login in sight, also in a low window', async () => {
      const box = await startBox()
      const page = await openDashboard({ viewport: { width: 1440, height: 800 } })
      await page.goto(phoneAddress(box))
      const button = page.frameLocator('iframe').getByRole('button', { name: '继续' })
      await button.waitFor()
      const screen = await page.locator('.screen').boundingBox()
      const { y = 0, height = 0 } = (await button.boundingBox()) ?? {}
      expect(y + height).toBeLessThanOrEqual((screen?.y ?? 0) + (screen?.height ?? 0))
    })

    it.each([360, 800, 1440])(
      'covers no part of a login with the top bar, in a window of %i px',
      async width => {
        const box = await startBox()
        const page = await openDashboard({ viewport: { width, height: 640 } })
        await page.goto(phoneAddress(box))
        await page.frameLocator('iframe').locator(':focus').waitFor()
        const bar = await page.locator('.top-bar').boundingBox()
        const tools = await page.locator('.tools').boundingBox()
        expect(tools?.y).toBeGreaterThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0))
      },
    )

    it('logs calls of the JS-SDK by the simulated time, readably', async () => {
      const box = await startBox({ now: () => Date.UTC(2027, 4, 1, 4, 5, 6) })
      const page = await openDashboard({ timezoneId: 'UTC' })
      await page.goto(phoneAddress(box, '/public', { tab: 'jssdk' }))
      const frame = await pageInPhone(page, box)
      await frame.evaluate(`configure(['scanQRCode'])`)
      const row = page.locator('#panel-jssdk .row')
      expect(await row.locator('time').textContent()).toMatch(/^04:05:0/)
      await row.click()
      expect(await page.locator('#panel-jssdk pre').first().textContent()).toContain(
        '\n  "verifyJsApiList": [',
      )
    })

    async function profileAndPath(page: Page, box: Box) {
      const frame = await pageInPhone(page, box)
      const profile = await frame.evaluate('__wxsim.state.profile')
      return { profile, path: new URL(frame.url()).pathname }
    }

    it('explains a page that forbids framing', async () => {
      const box = await startBox()
      box.app.before = (_req, res) => void res.set('X-Frame-Options', 'DENY').send('no frames')
      const page = await chromium.browser.newPage({ locale: 'zh-CN' })
      onTestFinished(() => page.close())
      await page.goto(phoneAddress(box))
      await page.getByRole('alert').getByText(box.simulator.url).waitFor()
    })

    it('does not open pages of other sites', async () => {
      const { simulator } = await startBox()
      const page = await chromium.browser.newPage({ locale: 'zh-CN' })
      onTestFinished(() => page.close())
      await page.goto(`${simulator.url}/phone?url=https://example.com/`)
      await page.getByText('不是公众号的「JS接口安全域名」').waitFor()
    })

    it('says that a page without the script has no menu', async () => {
      const box = await startBox()
      const page = await openDashboard()
      await page.goto(phoneAddress(box, '/plain'))
      await page.frameLocator('iframe').locator('html').waitFor()
      await page.getByRole('button', { name: '更多' }).click()
      await page.getByText('没有引入模拟器的脚本').waitFor()
    })
  })
})
