import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, WechatRequestError, wechatAuthRouter } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../../support/browser.ts'
import { listenTo } from '../../support/channels.ts'
import { listen } from '../../support/listen.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'
import {
  confirmOnPhone,
  enter,
  finish,
  ON_DESKTOP,
  readFormToken,
  readShownCode,
  showCode,
  statusOf,
  wrongDigits,
} from './support/scan.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({
    router: { scanLogin: true, allowedOrigins: ['https://h5.example.com'] },
    pages: (app, tokenManager) => {
      app.get('/capsule', requireWechatLogin({ tokenManager, outsideWechat: 'scan' }), (req, res) => {
        res.send(req.wechat.openid)
      })
    },
  })
})
afterAll(closeSites)

const openid = (personId: string) => site.wechat.people.get(personId)?.openid
const sessionId = async (browser: ReturnType<Site['visitor']>) =>
  (await browser.jar.getCookies(site.base)).find(({ key }) => key === 'connect.sid')?.value

async function phoneOf(personId = 'lin-xiaoyu') {
  const phone = site.visitor()
  await site.login(phone, { personId })
  return phone
}

describe('a login by scanning', () => {
  it('gives the desktop the openid of a phone that is logged in, and leads to the page', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('wang-jianguo')]
    const code = await showCode(site, desktop, '/capsule?a=1')
    expect(code.ticketUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/wechat\/auth\/scan\/[\w-]{64}$/)
    expect(await statusOf(desktop, code)).toEqual({ status: 'waiting' })

    const form = await phone.open(code.ticketUrl)
    expect(form.status).toBe(200)
    expect(await statusOf(desktop, code)).toEqual({ status: 'opened' })

    const confirmed = await confirmOnPhone(site, phone, code)
    expect(confirmed.text).toContain('已确认')
    expect(await statusOf(desktop, code)).toEqual({ status: 'confirmed' })

    const finished = await finish(site, desktop, code)
    expect(finished.status).toBe(200)
    expect(finished.json).toEqual({
      url: `${site.origin}/capsule?a=1#`,
      name: expect.stringContaining('微信用户'),
    })
    expect(await openidOf(site, desktop)).toBe(openid('wang-jianguo'))
    expect(await openidOf(site, phone)).toBe(openid('wang-jianguo'))
  })

  it('logs the phone in first if it is not, and comes back to the ticket', async () => {
    const [desktop, phone] = [site.visitor(), site.visitor()]
    const code = await showCode(site, desktop)
    const begun = await phone.open(code.ticketUrl)
    expect(begun.status).toBe(302)
    const ended = await phone.open(approve(site.wechat, begun, 'chen-siyuan'))
    expect(ended.location).toBe(`${code.ticketUrl}#`)
    await confirmOnPhone(site, phone, code)
    await finish(site, desktop, code)
    expect(await openidOf(site, desktop)).toBe(openid('chen-siyuan'))
  })

  it('gives the desktop another session id, and the old one is worth nothing', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    await site.login(desktop, { personId: 'chen-siyuan' })
    const before = await sessionId(desktop)
    const oldCookie = await desktop.jar.getCookieString(site.base)
    const code = await showCode(site, desktop)
    await confirmOnPhone(site, phone, code)
    await finish(site, desktop, code)
    expect(await sessionId(desktop)).not.toBe(before)
    const thief = await site
      .visitor()
      .open(`${site.base}/auth/user/openid`, { ...AS_SCRIPT, cookie: oldCookie })
    expect(thief.status).toBe(401)
    expect(await openidOf(site, desktop)).toBe(openid('lin-xiaoyu'))
  })

  it('ends with the guard letting the desktop pass', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const guarded = await desktop.open(`${site.origin}/capsule`, ON_DESKTOP)
    expect(guarded.location).toBe('/wechat/auth/scan?state=%2Fcapsule')
    const code = readShownCode(await desktop.open(site.origin + guarded.location, ON_DESKTOP))
    await confirmOnPhone(site, phone, code)
    const { json } = await finish(site, desktop, code)
    const { url } = json as { url: string }
    expect((await desktop.open(url, ON_DESKTOP)).text).toBe(openid('lin-xiaoyu'))
  })

  it('leads to the default page if none is named', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = readShownCode(await desktop.open(`${site.base}/auth/scan`, ON_DESKTOP))
    await confirmOnPhone(site, phone, code)
    expect((await finish(site, desktop, code)).json).toMatchObject({ url: `${site.origin}/#` })
  })

  it('is refused by the phone', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    const token = readFormToken(await phone.open(code.ticketUrl))
    const refused = await enter(site, phone, code.ticketUrl, { token, action: 'refuse' })
    expect(refused.text).toContain('已取消')
    expect(await statusOf(desktop, code)).toEqual({ status: 'refused' })
    expect((await finish(site, desktop, code)).json).toEqual(errorBody(403))
    expect(await openidOf(site, desktop)).toBeUndefined()
  })

  it('asks the phone for the scope that the desktop needs, and names the person then', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('wang-jianguo')]
    const shown = await desktop.open(`${site.base}/auth/scan?scope=snsapi_userinfo`, ON_DESKTOP)
    const code = readShownCode(shown)
    const begun = await phone.open(code.ticketUrl)
    expect(begun.location).toContain('scope=snsapi_userinfo')
    await phone.open(approve(site.wechat, begun, 'wang-jianguo'))
    const nickname = site.wechat.people.get('wang-jianguo')?.nickname ?? ''
    expect((await phone.open(code.ticketUrl)).text).toContain(nickname)
    await confirmOnPhone(site, phone, code)
    expect((await finish(site, desktop, code)).json).toMatchObject({ name: nickname })
    expect((await desktop.open(`${site.base}/auth/user`, AS_SCRIPT)).json).toMatchObject({ nickname })
  })

  it('takes full-width digits, and asks again for what is no number without counting it', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    let answer = await phone.open(code.ticketUrl)
    for (const digits of ['', '1', 'ab', '123', '1']) {
      answer = await enter(site, phone, code.ticketUrl, { token: readFormToken(answer), digits })
      expect(answer.text).toContain('请输入电脑上显示的两位数字')
    }
    const wide = code.digits.replace(/\d/g, digit => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
    answer = await enter(site, phone, code.ticketUrl, { token: readFormToken(answer), digits: wide })
    expect(answer.text).toContain('已确认')
  })
})

describe('onLogin', () => {
  it('runs once for the desktop, with via "scan", and its values are in the session', async () => {
    const calls: unknown[] = []
    const own = await startSite({
      router: {
        scanLogin: true,
        onLogin: ({ login, via }) => {
          calls.push({ openid: login.openid, via })
          return { session: { via } }
        },
      },
      pages: app =>
        void app.get('/via', (req, res) => void res.json(Reflect.get(req.session, 'via') ?? null)),
    })
    const [desktop, phone] = [own.visitor(), own.visitor()]
    await own.login(phone)
    const code = await showCode(own, desktop)
    await confirmOnPhone(own, phone, code)
    await finish(own, desktop, code)
    const person = own.wechat.people.get('lin-xiaoyu')?.openid
    expect(calls).toEqual([
      { openid: person, via: 'oauth' },
      { openid: person, via: 'scan' },
    ])
    expect((await desktop.open(`${own.origin}/via`)).json).toBe('scan')
  })

  it('refuses the desktop by an error, leaves its session as it was, and spends the ticket', async () => {
    const own = await startSite({
      router: {
        scanLogin: true,
        onLogin: ({ via }) => {
          if (via === 'scan')
            throw new WechatRequestError('banned', { code: 'banned', status: 403, userMessage: '已停用' })
        },
      },
    })
    const [desktop, phone] = [own.visitor(), own.visitor()]
    await own.login(phone)
    await own.login(desktop, { personId: 'chen-siyuan' })
    const code = await showCode(own, desktop)
    await confirmOnPhone(own, phone, code)
    expect((await finish(own, desktop, code)).json).toEqual({ status: 403, msg: '已停用', data: null })
    expect(await openidOf(own, desktop)).toBe(own.wechat.people.get('chen-siyuan')?.openid)
    expect((await finish(own, desktop, code)).status).toBe(400)
  })

  it('is told to operators with the openid hashed, a refusal too', async () => {
    const logins = listenTo('express-wechat:login')
    const refusals = listenTo('express-wechat:login-refused')
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    await confirmOnPhone(site, phone, code)
    await finish(site, desktop, code)
    const other = await showCode(site, desktop)
    const token = readFormToken(await phone.open(other.ticketUrl))
    await enter(site, phone, other.ticketUrl, { token, action: 'refuse' })
    const via = { via: 'scan', openidHash: expect.stringMatching(/^[0-9a-f]{64}$/) }
    const scans = logins.stop().filter(event => Reflect.get(Object(event), 'via') === 'scan')
    expect(scans).toEqual([expect.objectContaining(via)])
    expect(refusals.stop()).toEqual([expect.objectContaining({ ...via, code: 'scan_refused' })])
  })
})

describe('who gets nothing', () => {
  it('another browser with the ticket: neither its state nor the login', async () => {
    const [desktop, thief, phone] = [site.visitor(), site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    await showCode(site, thief)
    await confirmOnPhone(site, phone, code)
    for (const browser of [thief, site.visitor()]) {
      expect(await statusOf(browser, code)).toEqual(errorBody(403))
      expect((await finish(site, browser, code)).json).toEqual(errorBody(403))
      expect(await openidOf(site, browser)).toBeUndefined()
    }
    expect((await finish(site, desktop, code)).status).toBe(200)
  })

  it('a replay of the finish, also with the cookies from before', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    const cookie = await desktop.jar.getCookieString(code.finishUrl)
    await confirmOnPhone(site, phone, code)
    expect((await finish(site, desktop, code)).status).toBe(200)
    const replay = await site.visitor().open(code.finishUrl, {
      method: 'POST',
      headers: { accept: '*/*', origin: site.origin },
      cookie,
    })
    expect(replay.json).toEqual(errorBody(400))
    expect(replay.setCookies.join()).not.toContain('connect.sid')
  })

  it('five finishes at the same moment: one alone logs in', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    await confirmOnPhone(site, phone, code)
    const answers = await Promise.all(Array.from({ length: 5 }, () => finish(site, desktop, code)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
  })

  it('a confirmation that a page of another origin forges, one of allowedOrigins included', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    const token = readFormToken(await phone.open(code.ticketUrl))
    for (const origin of ['https://h5.example.com', 'https://evil.example', 'null', undefined]) {
      const forged = await enter(site, phone, code.ticketUrl, { token, digits: code.digits, origin })
      expect(forged.status).toBe(403)
      expect(await statusOf(desktop, code)).toEqual({ status: 'opened' })
    }
    await enter(site, phone, code.ticketUrl, { token, digits: code.digits })
    for (const origin of ['https://h5.example.com', 'null']) {
      expect((await finish(site, desktop, code, origin)).json).toEqual(errorBody(403))
    }
    expect(await openidOf(site, desktop)).toBeUndefined()
    expect((await finish(site, desktop, code)).status).toBe(200)
  })

  it('a form token of another session, of another ticket, used before, or none', async () => {
    const [desktop, phone, other] = [site.visitor(), await phoneOf(), await phoneOf()]
    const [code, second] = [await showCode(site, desktop), await showCode(site, desktop)]
    const token = readFormToken(await phone.open(code.ticketUrl))
    const foreign = readFormToken(await other.open(code.ticketUrl))
    const ofSecond = readFormToken(await phone.open(second.ticketUrl))
    for (const wrong of [foreign, ofSecond, '', `${token.slice(0, -1)}x`]) {
      const answer = await enter(site, phone, code.ticketUrl, { token: wrong, digits: code.digits })
      expect(answer.status).toBe(403)
    }
    await enter(site, phone, code.ticketUrl, { token, digits: wrongDigits(code) })
    const again = await enter(site, phone, code.ticketUrl, { token, digits: code.digits })
    expect(again.status).toBe(403)
    expect(await statusOf(desktop, code)).toEqual({ status: 'opened' })
  })

  it('a phone that was wrong three times, and then has the right digits', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    let answer = await phone.open(code.ticketUrl)
    const told: string[] = []
    for (const offset of [1, 2, 3]) {
      const token = readFormToken(answer)
      answer = await enter(site, phone, code.ticketUrl, { token, digits: wrongDigits(code, offset) })
      expect(answer.status).toBe(403)
      told.push(/还可以再试 (\d) 次|输错了三次/.exec(answer.text)?.[0] ?? '')
    }
    expect(told).toEqual(['还可以再试 2 次', '还可以再试 1 次', '输错了三次'])
    expect(await statusOf(desktop, code)).toEqual({ status: 'refused' })
    expect((await confirmOnPhone(site, phone, code)).status).toBe(400)
    expect((await finish(site, desktop, code)).json).toEqual(errorBody(403))
  })

  it('a phone that guesses twenty numbers at the same moment, with as many form tokens', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    const tokens: string[] = []
    for (let count = 0; count < 20; count += 1) tokens.push(readFormToken(await phone.open(code.ticketUrl)))
    const guesses = tokens.map((token, index) =>
      enter(site, phone, code.ticketUrl, { token, digits: wrongDigits(code, index + 1) }),
    )
    const answers = await Promise.all(guesses)
    expect(answers.filter(({ text }) => /还可以再试|输错了三次/.test(text)).length).toBeLessThanOrEqual(3)
    expect((await confirmOnPhone(site, phone, code)).status).toBe(400)
  })

  it('a phone of another person, once one has opened the ticket', async () => {
    const [desktop, phone, other] = [site.visitor(), await phoneOf(), await phoneOf('chen-siyuan')]
    const code = await showCode(site, desktop)
    await phone.open(code.ticketUrl)
    const late = await other.open(code.ticketUrl)
    expect(late).toMatchObject({ status: 403, text: expect.stringContaining('另一部手机') })
  })

  it('a person who has five open tickets, until one is decided', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('ouyang-xue')]
    const codes = []
    for (let count = 0; count < 6; count += 1) codes.push(await showCode(site, desktop))
    const [first, , , , , sixth] = codes
    if (!first || !sixth) throw new Error('six codes are shown')
    for (const { ticketUrl } of codes.slice(0, 5)) expect((await phone.open(ticketUrl)).status).toBe(200)
    expect((await phone.open(sixth.ticketUrl)).status).toBe(429)
    await confirmOnPhone(site, phone, first)
    expect((await phone.open(sixth.ticketUrl)).status).toBe(200)
  })

  it('a phone or a desktop that comes after two minutes', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('zhao-min')]
    const code = await showCode(site, desktop)
    const token = readFormToken(await phone.open(code.ticketUrl))
    const now = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 121_000)
    onTestFinished(() => clock.mockRestore())
    expect(await statusOf(desktop, code)).toEqual({ status: 'expired' })
    expect((await enter(site, phone, code.ticketUrl, { token, digits: code.digits })).status).toBe(400)
    expect((await phone.open(code.ticketUrl)).text).toContain('二维码已失效')
    // A phone that is not logged in is told so before it logs in.
    expect((await site.visitor().open(code.ticketUrl)).status).toBe(400)
    expect((await finish(site, desktop, code)).status).toBe(400)
  })

  it('a phone that is not logged in, and posts the form', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf()]
    const code = await showCode(site, desktop)
    const token = readFormToken(await phone.open(code.ticketUrl))
    expect((await enter(site, site.visitor(), code.ticketUrl, { token, digits: code.digits })).status).toBe(
      401,
    )
  })

  it('a snapshot user, also where they may log in', async () => {
    const own = await startSite({
      simulator: { snapshotPage: true },
      router: { scanLogin: true, allowSnapshotUser: true, scope: 'snsapi_userinfo' },
    })
    const [desktop, phone] = [own.visitor(), own.visitor()]
    await own.login(phone)
    expect(await openidOf(own, phone)).toBeDefined()
    const answer = await phone.open((await showCode(own, desktop)).ticketUrl)
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('快照') })
    expect(answer.text).not.toContain('name="token"')
  })

  it('a ticket that was never issued, of any form', async () => {
    const phone = await phoneOf()
    for (const ticket of ['x', 'A'.repeat(64), `${'A'.repeat(63)}!`, '..%2f..%2f']) {
      const answer = await phone.open(`${site.base}/auth/scan/${ticket}`)
      expect(answer.status).toBe(400)
    }
  })
})

describe('the pages', () => {
  it('name site, browser and system on the phone, in words of a list, and not the digits', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('he-miao')]
    const evil = { headers: { ...ON_DESKTOP.headers, 'user-agent': '<b>MyBank</b> Windows Chrome/1' } }
    const code = readShownCode(await desktop.open(`${site.base}/auth/scan`, evil))
    const { text } = await phone.open(code.ticketUrl)
    expect(text).toContain(new URL(site.origin).host)
    expect(text).toContain('Chrome 浏览器')
    expect(text).toContain('Windows 电脑')
    expect(text).not.toContain('MyBank')
    const withoutToken = text.replace(readFormToken({ text } as never), '').replace(/<style>.*<\/style>/s, '')
    expect(withoutToken).not.toMatch(new RegExp(`>\\s*${code.digits}\\s*<|value="${code.digits}"`))
  })

  it('allow nothing but their own hashes, no frame, and no cache', async () => {
    const phone = await phoneOf('he-miao')
    const own = await startSite({
      router: { scanLogin: true, publicUrl: 'https://m.example.com/wechat' },
      origin: 'https://m.example.com',
    })
    const shown = await own.visitor().open(`${own.base}/auth/scan`, ON_DESKTOP)
    const desktopPolicy = String(shown.headers['content-security-policy'])
    expect(desktopPolicy).toMatch(
      /^default-src 'none'; img-src data:; style-src 'sha256-[^']+'; form-action 'none'; script-src 'sha256-[^']+'; connect-src 'self'; /,
    )
    const form = await phone.open((await showCode(site, site.visitor())).ticketUrl)
    const phonePolicy = String(form.headers['content-security-policy'])
    expect(phonePolicy).toMatch(
      /^default-src 'none'; img-src data:; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors /,
    )
    expect(phonePolicy).not.toContain('script-src')
    for (const { headers, text } of [shown, form]) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!127\.0\.0\.1|m\.example\.com)/)
    }
    // The sites here run against the simulator, whose phone frames them.
    for (const policy of [desktopPolicy, phonePolicy]) {
      expect(policy).toMatch(
        /frame-ancestors 'self' http:\/\/127\.0\.0\.1:\d+ http:\/\/localhost:\d+; base-uri 'none'$/,
      )
    }
  })

  it('are in English for a browser that asks for English first, errors included', async () => {
    const [desktop, phone] = [site.visitor(), await phoneOf('he-miao')]
    const english = { 'accept-language': 'en-US,en;q=0.9' }
    const shown = await desktop.open(`${site.base}/auth/scan`, {
      headers: { ...ON_DESKTOP.headers, ...english },
    })
    expect(shown.text).toContain('<html lang="en">')
    const chinese = /[\u4e00-\u9fff]/
    expect(shown.text).not.toMatch(chinese)
    const form = await phone.open(readShownCode(shown).ticketUrl, { headers: english })
    expect(form.text).toContain('Enter the two digits')
    expect(form.text).not.toMatch(chinese)
    const error = await phone.open(`${site.base}/auth/scan/x`, { headers: english })
    expect(error.text).toContain('This code is not valid')
    expect(error.text).not.toMatch(chinese)
  })

  it('say to open WeChat if a phone scans with something else, and allow no frame', async () => {
    const tokenManager = createTokenManager({ appId: 'wx1234567890abcdef', appSecret: 'a'.repeat(32) })
    const app = express()
    app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
    app.use('/wechat', wechatAuthRouter({ tokenManager, scanLogin: true }))
    const { origin, close } = await listen(app)
    onTestFinished(close)
    const desktop = createBrowser()
    const shown = await desktop.open(`${origin}/wechat/auth/scan`, ON_DESKTOP)
    expect(shown.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    const code = readShownCode(shown)
    const scanned = await createBrowser().open(code.ticketUrl, ON_DESKTOP)
    expect(scanned).toMatchObject({ status: 403, text: expect.stringContaining('请在微信中打开') })
    expect((await createBrowser().open(code.ticketUrl)).location).toMatch(
      /^https:\/\/open\.weixin\.qq\.com\//,
    )
    // A frame is a phone against the simulator alone.
    const framed = { headers: { ...ON_DESKTOP.headers, 'sec-fetch-dest': 'iframe' } }
    expect((await desktop.open(`${origin}/wechat/auth/scan`, framed)).status).toBe(200)
  })

  it('send a phone that opens the desktop’s page straight to its login', async () => {
    const inWechat = await site.visitor().open(`${site.base}/auth/scan?state=%2Fcapsule`)
    expect(inWechat.location).toContain('/connect/oauth2/authorize')
    const framed = { headers: { ...ON_DESKTOP.headers, 'sec-fetch-dest': 'iframe' } }
    const inSimulator = await site.visitor().open(`${site.base}/auth/scan?state=%2Fcapsule`, framed)
    expect(inSimulator.location).toContain('/connect/oauth2/authorize')
  })
})

describe('the rows', () => {
  it('are not there unless scanLogin is set', async () => {
    const own = await startSite()
    for (const path of ['/auth/scan', `/auth/scan/${'A'.repeat(64)}`]) {
      expect((await own.visitor().open(own.base + path, ON_DESKTOP)).json).toEqual(errorBody(404))
    }
  })

  it('answer 405 to other methods, and 400 to a page that is not acceptable', async () => {
    const browser = site.visitor()
    const ticket = `${site.base}/auth/scan/${'A'.repeat(64)}`
    const refused = [
      [`${site.base}/auth/scan`, 'POST', 'GET'],
      [`${site.base}/auth/scan`, 'HEAD', 'GET'],
      [ticket, 'PUT', 'GET, POST'],
      [`${ticket}/status`, 'POST', 'GET'],
      [`${ticket}/finish`, 'GET', 'POST'],
    ]
    for (const [url = '', method = '', allow = ''] of refused) {
      const answer = await browser.open(url, { method, ...AS_SCRIPT })
      expect(answer).toMatchObject({ status: 405, headers: { allow } })
    }
    for (const query of [
      'state=https%3A%2F%2Fevil.example%2F',
      'state=%2Fwechat%2Fauth',
      'scope=x',
      'state=a&state=b',
    ]) {
      expect((await browser.open(`${site.base}/auth/scan?${query}`, AS_SCRIPT)).json).toEqual(errorBody(400))
    }
  })

  it('store no session for visitors', async () => {
    const before = site.sessions.sets
    for (let visit = 0; visit < 20; visit += 1) {
      const desktop = site.visitor()
      await statusOf(desktop, await showCode(site, desktop))
    }
    expect(site.sessions.sets).toBe(before)
  })

  it('lead a desktop at another host to publicUrl first', async () => {
    const own = await startSite({
      router: {
        scanLogin: true,
        publicUrl: 'https://m.example.com/wechat',
        allowedOrigins: ['https://h5.example.com'],
      },
      origin: 'https://m.example.com',
    })
    const { location } = await own.visitor().open(`${own.local}/wechat/auth/scan?state=%2Fa`, {
      headers: { ...ON_DESKTOP.headers, host: 'h5.example.com', 'x-forwarded-proto': 'https' },
    })
    expect(location).toBe(
      'https://m.example.com/wechat/auth/scan?state=https%3A%2F%2Fh5.example.com%2Fa&wechat-hop=1',
    )
  })

  it('read a form that the app’s own parser has read before', async () => {
    const own = await startSite({
      router: { scanLogin: true },
      before: app => void app.use(express.urlencoded({ extended: true }), express.json()),
    })
    const [desktop, phone] = [own.visitor(), own.visitor()]
    await own.login(phone)
    const code = await showCode(own, desktop)
    expect((await confirmOnPhone(own, phone, code)).text).toContain('已确认')
  })
})

describe('the guard with outsideWechat "scan"', () => {
  it('gives scripts the scan address on a computer, and the login address in WeChat', async () => {
    const onDesktop = { headers: { ...ON_DESKTOP.headers, accept: 'application/json' } }
    const desktop = await site.visitor().open(`${site.origin}/capsule`, onDesktop)
    expect(desktop.json).toMatchObject({ status: 401, data: { loginUrl: '/wechat/auth/scan' } })
    const phone = await site.visitor().open(`${site.origin}/capsule`, AS_SCRIPT)
    expect(phone.json).toMatchObject({ status: 401, data: { loginUrl: '/wechat/auth' } })
  })

  it('begins the ordinary login in WeChat, and in the simulator’s phone', async () => {
    expect((await site.visitor().open(`${site.origin}/capsule`)).location).toBe(
      '/wechat/auth?state=%2Fcapsule',
    )
    const framed = { headers: { ...ON_DESKTOP.headers, 'sec-fetch-dest': 'iframe' } }
    expect((await site.visitor().open(`${site.origin}/capsule`, framed)).location).toBe(
      '/wechat/auth?state=%2Fcapsule',
    )
  })

  it('keeps the fragment of the page on a computer too', async () => {
    const own = await startSite({
      router: { scanLogin: true },
      pages: (app, tokenManager) => {
        app.get('/spa', requireWechatLogin({ tokenManager, outsideWechat: 'scan', keepFragment: true }))
      },
    })
    const { status, text } = await own.visitor().open(`${own.origin}/spa`, ON_DESKTOP)
    expect(status).toBe(200)
    expect(text).toContain('data-login="/wechat/auth/scan?state=%2Fspa"')
    const [desktop, phone] = [own.visitor(), own.visitor()]
    await own.login(phone)
    const code = await showCode(own, desktop, '/spa#/route?x=1')
    await confirmOnPhone(own, phone, code)
    expect((await finish(own, desktop, code)).json).toMatchObject({ url: `${own.origin}/spa#/route?x=1` })
  })

  it('sends a computer whose login is too old to the scan, and no login is renewed without it', async () => {
    const own = await startSite({
      router: { scanLogin: true },
      pages: (app, tokenManager) => {
        const guard = requireWechatLogin({ tokenManager, outsideWechat: 'scan', maxAgeSeconds: 60 })
        app.get('/fresh', guard, (req, res) => void res.send(req.wechat.openid))
      },
    })
    const desktop = own.visitor()
    await own.login(desktop)
    expect((await desktop.open(`${own.origin}/fresh`, ON_DESKTOP)).status).toBe(200)
    const now = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 61_000)
    onTestFinished(() => clock.mockRestore())
    const sent = await desktop.open(`${own.origin}/fresh`, ON_DESKTOP)
    expect(sent.location).toBe('/wechat/auth/scan?state=%2Ffresh')
    const phone = own.visitor()
    await own.login(phone)
    const code = readShownCode(await desktop.open(own.origin + sent.location, ON_DESKTOP))
    await confirmOnPhone(own, phone, code)
    await finish(own, desktop, code)
    expect((await desktop.open(`${own.origin}/fresh`, ON_DESKTOP)).status).toBe(200)
  })
})
