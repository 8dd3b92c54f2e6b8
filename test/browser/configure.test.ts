import { describe, expect, it } from 'vitest'
import { profiles } from '../../src/simulator/protocol/bridge.ts'
import { type Phone, type PhoneOptions, userAgents } from '../simulator/bridge/support/phone.ts'
import { useFixture, usualPage } from '../simulator/bridge/support/use-fixture.ts'
import { executablePath } from '../support/chromium.ts'
import { configure, importLibrary } from './support/library.ts'

/** Nothing here knows the desktop from the others; `npm run matrix` has it too. */
const played = profiles.filter(name => process.env.LONG_RUN || name !== 'desktop')

const realWechat = userAgents.android.replace(' wxdebugger wxsim/1', '')

describe.skipIf(!executablePath)('configureWechat', () => {
  const fixture = useFixture()

  /** A page with our module in `library`. */
  async function open(path = '/', options: PhoneOptions = {}): Promise<Phone> {
    const phone = await fixture.open(path, options)
    await importLibrary(phone)
    return phone
  }

  describe.each(played)('on %s', profile => {
    it('rejects a refused signature with WeChat’s words and a remedy, although wx.ready is called', async () => {
      fixture.site.signs = () => 'https://somewhere.else/'
      const phone = await open(usualPage, { profile })
      await phone.run(`readies = 0; wx.ready(() => readies++)`)
      expect(await configure(phone)).toMatchObject({
        name: 'WechatPageError',
        reason: 'refused',
        errMsg: 'config:invalid signature',
        remedy: expect.stringContaining('without its fragment'),
      })
      expect(await phone.run('readies')).toBe(1)
    })

    it('loads the script, and is accepted on every route, whichever address this client verifies', async () => {
      const phone = await open('/?name=微信&a=b#part', { profile })
      expect(await configure(phone)).toBe('accepted')
      expect(await phone.run('__wxsim.state.verdict.isAccepted')).toBe(true)
      for (const route of ['/deep/one', '/deep/two?x=微信']) {
        await phone.run(`history.pushState({}, '', ${JSON.stringify(route)})`)
        expect(await configure(phone)).toBe('accepted')
        expect(await phone.run('__wxsim.state.verdict.isAccepted')).toBe(true)
      }
      const landing = `${fixture.site.url}/?name=%E5%BE%AE%E4%BF%A1&a=b`
      const routes = [`${fixture.site.url}/deep/one`, `${fixture.site.url}/deep/two?x=%E5%BE%AE%E4%BF%A1`]
      // The DevTools name an iPhone and verify the current address: the first refusal teaches that.
      const expected = { ios: [landing, landing], devtools: [landing, ...routes] }
      expect(fixture.site.asked).toEqual([
        landing,
        ...(profile === 'ios' || profile === 'devtools' ? expected[profile] : routes),
      ])
    })
  })

  it('tries the other address where a client does not keep to the rule of its kind', async () => {
    const phone = await open('/', { profile: 'ios' })
    const landingUrl = `${fixture.site.url}/deep/one`
    expect(await configure(phone, { landingUrl })).toBe('accepted')
    expect(fixture.site.asked).toEqual([landingUrl, `${fixture.site.url}/`])

    // And remembers what it learnt.
    expect(await configure(phone, { landingUrl })).toBe('accepted')
    expect(fixture.site.asked).toHaveLength(3)
  })

  it('signs anew when the router moved on while the signature was on its way', async () => {
    const phone = await open('/')
    await phone.page.route('**/offiaccount/jssdk', async route => {
      await phone.run(`history.pushState({}, '', '/deep/moved')`)
      await route.continue()
    })
    expect(await configure(phone)).toBe('accepted')
    expect(fixture.site.asked).toEqual([`${fixture.site.url}/`, `${fixture.site.url}/deep/moved`])
    expect(await phone.run(`__wxsim.calls.filter(({ name }) => name === 'preVerifyJSAPI').length`)).toBe(1)
  })

  it('leaves the lists alone that it was given', async () => {
    const phone = await open()
    expect(
      await phone.run(`(async () => {
        const jsApiList = Object.freeze(['getLocation', 'previewImage'])
        await library.configureWechat({ jsApiList, openTagList: Object.freeze(['wx-open-launch-app']) })
        return jsApiList
      })()`),
    ).toEqual(['getLocation', 'previewImage'])
    expect(await phone.run('__wxsim.state.granted')).toContain('geoLocation')
  })

  describe('after a first configuration, when no ready event tells of a second', () => {
    it('resolves once a later one is accepted, and rejects if it is refused', async () => {
      const phone = await open()
      expect(await configure(phone)).toBe('accepted')
      expect(await configure(phone, { jsApiList: ['getLocation'] })).toBe('accepted')
      expect(await phone.run('__wxsim.state.granted')).toContain('geoLocation')
      fixture.site.signs = () => 'https://somewhere.else/'
      expect(await configure(phone)).toMatchObject({ reason: 'refused', errMsg: 'config:invalid signature' })
    })

    it('resolves after a refusal that was mended', async () => {
      const phone = await open()
      fixture.site.signs = () => 'https://somewhere.else/'
      expect(await configure(phone)).toMatchObject({ reason: 'refused' })
      fixture.site.signs = url => url
      expect(await configure(phone)).toBe('accepted')
    })

    it('goes by wx.error where the client will not be asked', async () => {
      const phone = await open()
      expect(await configure(phone)).toBe('accepted')
      await phone.run(`asked = 0; invoke = WeixinJSBridge.invoke
        WeixinJSBridge.invoke = (name, args, reply) => name === 'preVerifyJSAPI' && ++asked % 2 === 0
          ? reply({ err_msg: 'system:access_denied' })
          : invoke(name, args, reply)`)
      expect(await configure(phone)).toBe('accepted')
      fixture.site.signs = () => 'https://somewhere.else/'
      expect(await configure(phone)).toMatchObject({ reason: 'refused' })
    })

    it('rejects also where the page itself failed first, before we could listen', async () => {
      fixture.site.signs = () => 'https://somewhere.else/'
      const phone = await open(usualPage)
      await phone.run(`fetch('/wechat/offiaccount/jssdk', { method: 'POST', body: JSON.stringify({ url: location.href }) })
        .then(response => response.json())
        .then(({ appid, timestamp, noncestr, signature }) => new Promise(resolve => {
          wx.config({ appId: appid, timestamp, nonceStr: noncestr, signature, jsApiList: ['scanQRCode'] })
          wx.ready(resolve)
        }))`)
      expect(await configure(phone)).toMatchObject({ reason: 'refused' })
      fixture.site.signs = url => url
      expect(await configure(phone)).toBe('accepted')
    })
  })

  it('lets two calls at once take turns, each with an answer of its own', async () => {
    const phone = await open()
    expect(
      await phone.run(`Promise.all([['scanQRCode'], ['getLocation'], ['chooseImage']].map(jsApiList =>
        library.configureWechat({ jsApiList }).then(() => __wxsim.state.granted.join())))`),
    ).toEqual(['scanQRCode', 'geoLocation', 'chooseImage'])
  })

  it('notices a refusal where the version number switches wx.error off', async () => {
    const userAgent = userAgents.android.replace('MicroMessenger/8.0.49', 'MicroMessenger/10.0.1')
    fixture.site.signs = () => 'https://somewhere.else/'
    const phone = await open('/', { userAgent })
    expect(await configure(phone)).toMatchObject({ reason: 'refused', errMsg: 'config:invalid signature' })
    fixture.site.signs = url => url
    await phone.page.reload()
    await importLibrary(phone)
    expect(await configure(phone)).toBe('accepted')
  })

  it('settles although a ready callback of the page throws', async () => {
    fixture.expectsPageErrors = true
    const phone = await open(usualPage)
    await phone.run(`wx.ready(() => { throw new Error('of the page') }); undefined`)
    expect(await configure(phone)).toBe('accepted')
  })

  it('keeps one throwing ready callback from costing the others theirs', async () => {
    fixture.expectsPageErrors = true
    const phone = await open(usualPage)
    expect(await configure(phone)).toBe('accepted')
    const told = phone.run(`new Promise(resolve => {
      wx.ready(() => { throw new Error('of the page') })
      wx.ready(() => resolve('told'))
    })`)
    expect(await told).toBe('told')
  })

  it('lets every part of the page have its own wx.error', async () => {
    fixture.site.signs = () => 'https://somewhere.else/'
    const phone = await open(usualPage)
    await configure(phone)
    await phone.run(`heard = []; wx.error(() => heard.push(1)); wx.error(() => heard.push(2))`)
    // The first one registered after a failure that nobody handled still gets it.
    expect(await phone.run('heard')).toEqual([1])
    expect(await configure(phone)).toMatchObject({ reason: 'refused' })
    expect(await phone.run('heard')).toEqual([1, 1, 2])
  })

  it.each([
    ['accepted', (url: string) => url, 'accepted'],
    ['refused', () => 'https://somewhere.else/', { reason: 'refused' }],
  ])('asks WeChat also where the page switched the check off before: %s', async (_name, signs, expected) => {
    fixture.site.signs = signs
    const phone = await open(usualPage)
    await phone.run(
      `new Promise(done => { wx.ready(done); wx.config({ check: false, jsApiList: ['scanQRCode'] }) })`,
    )
    const outcome = await configure(phone)
    if (typeof expected === 'string') expect(outcome).toBe(expected)
    else expect(outcome).toMatchObject(expected)
  })

  it('waits for a bridge that is late', async () => {
    const phone = await open('/', { settings: { bridgeDelay: 700 } })
    expect(await configure(phone)).toBe('accepted')
  })

  it('gives up where WeixinJSBridge never comes, whatever the User-Agent says', async () => {
    const phone = await open('/?scripts=/scripts/official.js', { userAgent: realWechat })
    expect(await configure(phone, { timeoutMs: 500 })).toMatchObject({
      reason: 'timeout',
      remedy: expect.stringContaining('never appeared'),
    })
  })

  it('gives up where WeChat never answers, and can be called again', async () => {
    const phone = await open('/')
    await phone.page.route('**/simulator/page/preverify', () => {})
    expect(await configure(phone, { timeoutMs: 700 })).toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('answer to wx.config'),
    })
    await phone.page.unroute('**/simulator/page/preverify')
    expect(await configure(phone)).toBe('accepted')
  })

  it('gives up where the signature never comes, naming the endpoint', async () => {
    const phone = await open(usualPage)
    await phone.page.route('**/offiaccount/jssdk', () => {})
    expect(await configure(phone, { timeoutMs: 500 })).toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('/wechat/offiaccount/jssdk'),
    })
  })

  it('gives up where the script never comes', async () => {
    const phone = await open('/')
    await phone.page.route('**/jweixin.js', () => {})
    expect(await configure(phone, { timeoutMs: 500 })).toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('official script'),
    })
  })

  it('says that a plain browser is no WeChat, with and without debug', async () => {
    const phone = await open('/?scripts=/scripts/official.js', { userAgent: 'Mozilla/5.0 (X11; Linux x64)' })
    expect(await configure(phone)).toMatchObject({ reason: 'outside-wechat' })
    await phone.page.reload()
    await importLibrary(phone)
    expect(await configure(phone, { debug: true })).toMatchObject({ reason: 'outside-wechat' })
    expect(fixture.site.asked).toEqual([])
  })

  it('passes debug on, which lets WeChat alert', async () => {
    const phone = await open('/')
    const alerts: string[] = []
    phone.page.on('dialog', dialog => {
      alerts.push(dialog.message())
      void dialog.accept()
    })
    expect(await configure(phone, { debug: true })).toBe('accepted')
    expect(alerts).toContain('{"errMsg":"config:ok"}')
  })

  it('has a remedy for each of WeChat’s other refusals', async () => {
    const phone = await open('/')
    for (const [words, remedy] of [
      ['require subscribe', /follow/],
      ['invalid url domain', /safe domains/],
      ['param is empty', /jsApiList/],
    ] as const) {
      await phone.reload({ presets: { config: { err_msg: `pre_verify_jsapi:fail_${words}` } } })
      await importLibrary(phone)
      expect(await configure(phone), words).toMatchObject({
        reason: 'refused',
        remedy: expect.stringMatching(remedy),
      })
    }
  })
})
