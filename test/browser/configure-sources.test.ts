import { describe, expect, it } from 'vitest'
import { type Phone, type PhoneOptions, userAgents } from '../simulator/bridge/support/phone.ts'
import { strictPolicy } from '../simulator/bridge/support/site.ts'
import { useFixture, usualPage } from '../simulator/bridge/support/use-fixture.ts'
import { executablePath } from '../support/chromium.ts'
import { configure, importLibrary } from './support/library.ts'

const realWechat = userAgents.android.replace(' wxdebugger wxsim/1', '')

describe.skipIf(!executablePath)('what configureWechat fetches', () => {
  const fixture = useFixture()

  /** A page with our module in `library`. */
  async function open(path = '/', options: PhoneOptions = {}): Promise<Phone> {
    const phone = await fixture.open(path, options)
    await importLibrary(phone)
    return phone
  }

  describe('the script', () => {
    it('is taken from the fallback host where the first one fails', async () => {
      const phone = await fixture.phone({ userAgent: realWechat })
      await phone.page.addInitScript(
        `window.WeixinJSBridge = { invoke: (name, args, reply) => setTimeout(() => reply({ err_msg: name + ':ok' })), on() {} }`,
      )
      await phone.page.route('https://res.wx.qq.com/**', route => route.abort())
      await phone.page.route('https://res2.wx.qq.com/**', async route =>
        route.fulfill({ response: await route.fetch({ url: `${fixture.site.url}/scripts/official.js` }) }),
      )
      await phone.page.route('https://open.weixin.qq.com/**', route => route.abort())
      await phone.page.goto(`${fixture.site.url}/`)
      await importLibrary(phone)
      const script = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'
      expect(await configure(phone, { script })).toBe('accepted')
      expect(phone.requests).toContain('https://res2.wx.qq.com/open/js/jweixin-1.6.0.js')
    })

    it('falls back on Tencent’s second host also for our own address, but in a real WeChat only', async () => {
      const inWechat = await fixture.phone({ userAgent: realWechat })
      await inWechat.page.route('**/jweixin*', route => route.abort())
      await inWechat.page.goto(`${fixture.site.url}/`)
      await importLibrary(inWechat)
      expect(await configure(inWechat)).toMatchObject({ reason: 'script' })
      const outside = await open('/', { userAgent: 'Mozilla/5.0 (X11; Linux x64)' })
      await outside.page.route('**/jweixin*', route => route.abort())
      expect(await configure(outside)).toMatchObject({ reason: 'script' })
      const asked = (phone: Phone) =>
        phone.requests.filter(url => /jweixin/.test(url)).map(url => new URL(url).host)
      const own = new URL(fixture.site.url).host
      expect(asked(inWechat)).toEqual([own, 'res2.wx.qq.com'])
      expect(asked(outside)).toEqual([own])
    })

    it('is not loaded twice', async () => {
      const phone = await open(usualPage)
      expect(await configure(phone)).toBe('accepted')
      expect(await configure(phone)).toBe('accepted')
      expect(phone.requests.filter(url => new URL(url).pathname === '/wechat/jweixin.js')).toHaveLength(1)
    })

    it('that sets nothing is reported with a remedy', async () => {
      const phone = await open()
      expect(await configure(phone, { script: '/scripts/empty.js' })).toMatchObject({
        reason: 'script',
        message: expect.stringContaining('left no window.wx'),
      })
    })

    it('from npm is given the globals that it needs', async () => {
      const phone = await open('/?scripts=/scripts/bridge.js,/scripts/bundled.js')
      expect(await phone.run('typeof wx')).toBe('undefined')
      await phone.run(`library.configureWechat({ jsApiList: ['getLocalImgData'], wx: bundledWx })`)
      expect(await phone.run('wx === bundledWx && jWeixin === bundledWx')).toBe(true)
      const localData =
        await phone.run(`fetch('/scripts/empty.js').then(response => response.blob()).then(blob => {
        const localId = __wxsim.addLocal('image', blob)
        return Promise.all([1, 2].map(() => library.wx.getLocalImgData({ localId })))
      })`)
      expect(localData).toHaveLength(2)
    })

    it('is loaded under a strict policy with Trusted Types', async () => {
      fixture.site.contentSecurityPolicy = strictPolicy(fixture.simulator.url)
      const phone = await fixture.open('/?scripts=/scripts/load-browser.js')
      await phone.run('library.then(loaded => { window.library = loaded })')
      expect(await configure(phone)).toBe('accepted')
    })

    it('that our address leads elsewhere for, against the policy, is reported', async () => {
      fixture.site.contentSecurityPolicy = strictPolicy(fixture.simulator.url)
      fixture.site.app.get('/scripts/led-away.js', (_req, res) => {
        res.redirect(`${fixture.simulator.url}/official.js`)
      })
      const phone = await fixture.open('/?scripts=/scripts/load-browser.js')
      await phone.run('library.then(loaded => { window.library = loaded })')
      expect(await configure(phone, { script: '/scripts/led-away.js' })).toMatchObject({
        reason: 'script',
        remedy: expect.stringContaining('Content-Security-Policy'),
      })
    })

    it('that the policy forbids is reported', async () => {
      fixture.site.contentSecurityPolicy = strictPolicy(fixture.simulator.url)
      const phone = await fixture.open('/?scripts=/scripts/load-browser.js')
      await phone.run('library.then(loaded => { window.library = loaded })')
      expect(await configure(phone, { script: 'https://cdn.example/jweixin.js' })).toMatchObject({
        reason: 'script',
        remedy: expect.stringContaining('Content-Security-Policy'),
      })
    })
  })

  describe('the signing endpoint', () => {
    const answers: [string, number, string, Record<string, unknown>][] = [
      [
        'a login',
        401,
        '{"status":401,"msg":"请先登录微信","data":{"loginUrl":"/wechat/auth"}}',
        { reason: 'login-required', loginUrl: '/wechat/auth' },
      ],
      [
        'an origin that is not allowed',
        403,
        '{"status":403,"msg":"不允许的来源","data":null}',
        { reason: 'signing', remedy: expect.stringContaining('allowedOrigins') },
      ],
      ['nothing there', 404, 'Not Found', { reason: 'signing', remedy: expect.stringContaining('endpoint') }],
      ['its own failure', 500, '<h1>no</h1>', { reason: 'signing', message: expect.stringContaining('500') }],
      [
        'something else',
        200,
        '{"appid":"wx1"}',
        { reason: 'signing', remedy: expect.stringContaining('JSON') },
      ],
      ['no object', 200, 'null', { reason: 'signing' }],
    ]
    it('answers something else than a signature, of which the error says what to do', async () => {
      const phone = await open(usualPage)
      for (const [name, status, body, expected] of answers) {
        await phone.page.unrouteAll()
        await phone.page.route('**/offiaccount/jssdk', route => route.fulfill({ status, body }))
        expect(await configure(phone), name).toMatchObject(expected)
      }
    })

    it('can’t be reached', async () => {
      const phone = await open(usualPage)
      await phone.page.route('**/offiaccount/jssdk', route => route.abort())
      expect(await configure(phone)).toMatchObject({
        reason: 'signing',
        message: expect.stringContaining('reached'),
      })
    })

    it('is where the options say', async () => {
      const phone = await open(usualPage)
      await phone.page.route('**/elsewhere', route =>
        route.continue({ url: `${fixture.site.url}/wechat/offiaccount/jssdk` }),
      )
      expect(await configure(phone, { endpoint: '/elsewhere' })).toBe('accepted')
    })
  })
})
