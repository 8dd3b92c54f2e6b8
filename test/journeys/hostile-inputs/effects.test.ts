import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { inject } from '../../support/inject.ts'
import { listen } from '../../support/listen.ts'
import { createMediaId, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../../support/media-site.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

/** The hostile inputs whose answer shows little, and whose effect on the server or on WeChat counts. */

const HOST = 'https://h5.example.com'
const EXCHANGE = '/sns/oauth2/access_token'

let site: Site
let media: MediaSite
let lateMs = 0

beforeAll(async () => {
  const clock = {
    wallMs: () => Date.now() + lateMs,
    monotonicMs: () => performance.now(),
    sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)),
  }
  site = await startSite({ origin: HOST, router: { publicUrl: `${HOST}/wechat` }, manager: { clock } })
  media = await startMediaSite()
})

afterEach(() => {
  lateMs = 0
  site.wechat.faults.clear()
  media.wechat.faults.clear()
  site.sessions.failing.clear()
})

afterAll(async () => {
  await closeSites()
  await media.close()
})

const begin = (browser: Browser) => browser.open(`${site.base}/auth?state=%2Fcapsule`)
const exchanges = () => site.wechat.history.count(EXCHANGE)
const headers = { host: 'h5.example.com', 'x-forwarded-proto': 'https' }

describe('beginning a login', () => {
  it('22: a hundred times without cookies writes nothing on the server', async () => {
    const before = site.sessions.sets
    for (let count = 0; count < 100; count++) {
      expect((await inject(site.app, '/wechat/auth?state=%2Fa', { headers })).status).toBe(302)
    }
    expect([site.sessions.sets - before, site.sessions.sessions.size]).toEqual([0, 0])
  })

  it('22: two hundred times in one browser leaves at most three pages in it', async () => {
    const browser = site.visitor()
    for (let count = 0; count < 200; count++) await begin(browser)
    const cookies = await browser.jar.getCookies(`${site.base}/auth/code`)
    expect(cookies.filter(({ key }) => key.startsWith('wechat-return-')).length).toBe(3)
  })
})

describe('a callback', () => {
  it('28: more than ten minutes later begins the login again, and exchanges nothing', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await begin(browser))
    const before = exchanges()
    lateMs = 10 * 60_000 + 31_500
    expect((await browser.open(callback)).location).toContain('/connect/oauth2/authorize')
    expect(exchanges()).toBe(before)
  })

  it.each(['one after the other', 'at once'])('29: twice, %s, exchanges once', async order => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await begin(browser))
    const before = exchanges()
    const open = () => browser.open(callback)
    const first = open()
    if (order === 'one after the other') await first
    const answers = await Promise.all([first, open()])
    expect(answers.map(({ location }) => location)).toEqual([`${HOST}/capsule#`, `${HOST}/capsule#`])
    expect(exchanges() - before).toBe(1)
  })

  it.each(['s%3Amade-up.signature', 'made-up', 's%3A..%2F..%2Fx.y', ''])(
    '36: with the planted session cookie "%s" logs in to a new session',
    async planted => {
      const browser = site.visitor()
      await browser.jar.setCookie(`connect.sid=${planted}; Path=/`, HOST)
      const { setCookies, location } = await browser.open(approve(site.wechat, await begin(browser)))
      expect(location).toBe(`${HOST}/capsule#`)
      expect(setCookies.some(text => text.startsWith('connect.sid=') && !text.includes('made-up'))).toBe(true)
      const other = await site.visitor().open(`${site.base}/auth/user/openid`, {
        ...AS_SCRIPT,
        cookie: `connect.sid=${planted}`,
      })
      expect(other.status).toBe(401)
    },
  )

  it.each(['destroy', 'set'] as const)(
    '38: with a session store that fails to %s is 503',
    async operation => {
      const browser = site.visitor()
      await site.login(browser)
      site.sessions.failing.add(operation)
      const answer = await browser.open(approve(site.wechat, await begin(browser)), AS_SCRIPT)
      expect(answer.json).toEqual(errorBody(503))
      site.sessions.failing.clear()
      expect(await openidOf(site, site.visitor())).toBeUndefined()
    },
  )
})

describe('a page to sign', () => {
  async function sign(body: object): Promise<Record<string, string>> {
    const answer = await site.visitor().open(`${site.base}/offiaccount/jssdk`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(200)
    return answer.json as Record<string, string>
  }

  async function expectedSignature(
    { noncestr, timestamp }: Record<string, string>,
    url: string,
  ): Promise<string> {
    const ticket = await site.tokenManager.getJsapiTicket()
    const text = `jsapi_ticket=${ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
    return createHash('sha1').update(text).digest('hex')
  }

  it.each([
    [44, `${HOST}/a#b`, `${HOST}/a`],
    [44, `${HOST}/a#/x?y`, `${HOST}/a`],
    [
      45,
      `${HOST}/?a=1&timestamp=1&noncestr=x&jsapi_ticket=y`,
      `${HOST}/?a=1&timestamp=1&noncestr=x&jsapi_ticket=y`,
    ],
    [48, `${HOST}/中`, `${HOST}/中`],
    [48, `${HOST}/%E4%B8%AD`, `${HOST}/%E4%B8%AD`],
  ])('%i: %s is signed as %s', async (_number, url, signed) => {
    const config = await sign({ url })
    expect(config.signature).toBe(await expectedSignature(config, signed))
  })

  it('46: with fields of its own gets none of them signed', async () => {
    const own = { noncestr: 'x', timestamp: 1, ticket: 'y', appid: 'z', constructor: 'c', toString: 't' }
    const config = await sign({ url: `${HOST}/`, ...own, ['__proto__']: { polluted: true } })
    expect(config.signature).toBe(await expectedSignature(config, `${HOST}/`))
    expect(config).toMatchObject({ appid: site.wechat.appId })
    expect([config.noncestr, config.timestamp]).not.toContain('x')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('50: a thousand times at a cold start asks WeChat once for each credential', async () => {
    const cold = await startSite({ origin: HOST, router: { publicUrl: `${HOST}/wechat` } })
    const post = () =>
      inject(cold.app, '/wechat/offiaccount/jssdk', { method: 'POST', headers, body: `{"url":"${HOST}/"}` })
    const answers = await Promise.all(Array.from({ length: 1_000 }, post))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const { history } = cold.wechat
    expect([history.count('/cgi-bin/stable_token'), history.count('/cgi-bin/ticket/getticket')]).toEqual([
      1, 1,
    ])
  })
})

describe('a medium', () => {
  const get = (query = '', more: Record<string, string> = {}) =>
    media.get(`?media_id=${createMediaId()}${query}`, { headers: more })

  it.each([
    ['text/html', '<script>alert(1)</script>'],
    ['image/svg+xml', '<svg onload="alert(1)"/>'],
    ['application/octet-stream', 'no medium'],
    ['', '<html>'],
    ['image/jpeg', '<script>alert(1)</script>'],
  ])('56: of the type "%s" with the bytes %j is not served as bytes', async (contentType, text) => {
    media.serve(res => sendMedia(res, Buffer.from(text), { contentType }))
    const answer = await get('&format=binary')
    expect([415, 502]).toContain(answer.status)
    expect(answer.text).not.toMatch(/script|svg|html/)
  })

  it.each(['"a";x="', '../../x', 'a%0d%0aSet-Cookie:a=b', '\u00e4.jpg'])(
    '57: with the file name %j has a file name of our own',
    async name => {
      media.serve(res => {
        res.setHeader('Content-Disposition', `attachment; filename="${name}"`)
        sendMedia(res, jpegOf(100))
      })
      const answer = await get('&format=binary')
      expect(answer.status).toBe(200)
      expect(answer.headers['content-disposition'] ?? '').toMatch(
        /^(?:(?:inline|attachment); filename="media-\w+\.jpg")?$/,
      )
    },
  )

  it('58: that redirects to this machine or elsewhere is 502, and nothing is asked there', async () => {
    let hits = 0
    const inside = await listen((_req, res) => {
      hits += 1
      res.end()
    })
    for (const location of [inside.origin, 'http://169.254.169.254/latest', 'file:///etc/passwd']) {
      media.serve(res => res.writeHead(302, { Location: location }).end())
      expect((await get()).status).toBe(502)
    }
    expect(hits).toBe(0)
    await inside.close()
  })

  it('59: over the limit, compressed, or cut is refused or visibly broken', async () => {
    const tooLarge = (res: ServerResponse) =>
      res
        .writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': 21 * 1024 * 1024 })
        .write(jpegOf(1_000))
    media.serve(tooLarge)
    expect((await get()).status).toBe(413)
    const bomb = gzipSync(Buffer.alloc(5_000_000))
    media.serve(res =>
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Encoding': 'gzip' }).end(bomb),
    )
    expect((await get()).status).toBe(502)
    media.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': 3_000_000 })
      res.write(jpegOf(300_000), () => res.destroy())
    })
    const cut = await get('&format=binary')
    expect(cut.status === 502 || !cut.isWhole).toBe(true)
  })

  it('60: whose receiver goes away is no longer fetched', async () => {
    const closed = Promise.withResolvers<void>()
    media.serve(res => {
      res.once('close', closed.resolve)
      res
        .writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': 10_000_000 })
        .write(jpegOf(200_000))
    })
    const answer = await media.open(`?media_id=${createMediaId()}&format=binary`)
    answer.once('data', () => answer.destroy())
    await closed.promise
  })

  it('60: with a thousand ranges is the whole', async () => {
    media.serve(res => sendMedia(res, jpegOf(5_000)))
    const ranges = Array.from({ length: 1_000 }, (_, start) => `${start}-${start}`).join(',')
    const answer = await get('&format=binary', { range: `bytes=${ranges}` })
    expect([answer.status, answer.body.length]).toEqual([200, 5_000])
  })

  it('renews the cookie of a rolling session next to its bytes', async () => {
    const rolling = await startSite({ session: { rolling: true } })
    const browser = rolling.visitor()
    await rolling.login(browser)
    rolling.wechat.faults.always('/cgi-bin/media/get', {
      handle: (_req, res) => sendMedia(res, jpegOf(100_000)),
    })
    const answer = await browser.open(`${rolling.base}/offiaccount/media?media_id=a&format=binary`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/jpeg'])
    expect(answer.setCookies.join()).toContain('connect.sid=')
    expect(await openidOf(rolling, browser)).toBeDefined()
  })
})
