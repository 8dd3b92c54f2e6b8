import type { Request, Response } from 'express'
import { requireWechatLogin } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, createBrowser } from '../support/browser.ts'
import { canRunNginx, type Nginx, startNginx } from '../support/nginx.ts'
import { closeSites, type Site, startSite } from '../support/site.ts'

const MAIN = 'https://m.example.com'
const SIBLING = 'https://h5.example.com'
/** As the browser knows them. */
const HOSTS = ['m.example.com', 'h5.example.com']

const FORWARDED = 'proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Proto $scheme;'

let trusting: Site
let plain: Site
let nginx: Nginx

function show(req: Request, res: Response): void {
  res.json({ openid: req.wechat.openid, path: req.originalUrl })
}

/**
 * One app behind a proxy that strips /h5 and says what it did, another behind one that rewrites the Host header and
 * says nothing, which is what nginx does without `proxy_set_header`.
 */
async function startApps(): Promise<void> {
  const session = { cookie: { domain: 'example.com', sameSite: 'lax' as const } }
  const simulator = { oauthDomains: HOSTS, safeDomains: HOSTS }
  const allowedOrigins = [SIBLING, 'http://m.example.com', 'http://h5.example.com']
  trusting = await startSite({
    simulator,
    session,
    before: app => void app.set('trust proxy', 1),
    router: { publicUrl: `${MAIN}/h5/wechat`, allowedOrigins },
    pages: (app, tokenManager) =>
      void app.get('/capsule', requireWechatLogin({ tokenManager, publicPath: '/h5' }), show),
  })
  plain = await startSite({
    simulator,
    session,
    router: { publicUrl: `${MAIN}/wechat`, allowedOrigins },
    pages: (app, tokenManager) => void app.get('/capsule', requireWechatLogin({ tokenManager }), show),
  })
  for (const site of [trusting, plain]) site.wechat.configure({ autoApprove: true })
}

beforeAll(async () => {
  if (!canRunNginx) return
  await startApps()
  const locations = `
    location /h5/ { proxy_pass ${trusting.local}/; ${FORWARDED} }
    location / { proxy_pass ${plain.local}; }`
  nginx = await startNginx({ http: locations, https: locations })
})
afterAll(async () => {
  await nginx?.close()
  await closeSites()
})

/** Follows all redirects, from a page to where they end. */
async function walk(url: string): Promise<{ end: Answer; hops: string[] }> {
  const at = (scheme: 'http' | 'https', host: string) => [
    `${scheme}://${host}`,
    `${scheme}://127.0.0.1:${nginx.ports[scheme]}`,
  ]
  const browser = createBrowser(
    Object.fromEntries(HOSTS.flatMap(host => [at('http', host), at('https', host)])),
  )
  const end = await browser.follow(url)
  return { end, hops: end.hops.map(hop => new URL(hop).origin + new URL(hop).pathname) }
}

const authorizeOf = (site: Site) => `${site.wechat.url}/connect/oauth2/authorize`

describe.skipIf(!canRunNginx)('behind nginx, a login ends at its page', () => {
  it.each([MAIN, SIBLING, 'http://m.example.com', 'http://h5.example.com'])(
    'with a prefix stripped, and one redirect to publicUrl from another origin: %s',
    async origin => {
      const { end, hops } = await walk(`${origin}/h5/capsule?a=1`)
      // Once the app knows that logins are redirected to publicUrl, it counts them in the page's address, and removes the
      // counter by one redirect.
      const [page, before] = [hops.pop(), hops.at(-1)]
      expect(before === page ? hops : [...hops, page]).toEqual([
        `${origin}/h5/wechat/auth`,
        ...(origin === MAIN ? [] : [`${MAIN}/h5/wechat/auth`]),
        authorizeOf(trusting),
        `${MAIN}/h5/wechat/auth/code`,
        `${origin}/h5/capsule`,
      ])
      expect(end.status).toBe(200)
      expect(end.json).toMatchObject({ path: '/capsule?a=1' })
    },
  )

  it('with the Host header rewritten and no word of it, without an extra redirect', async () => {
    const { end, hops } = await walk(`${MAIN}/capsule?a=1`)
    expect(hops).toEqual([
      `${MAIN}/wechat/auth`,
      authorizeOf(plain),
      `${MAIN}/wechat/auth/code`,
      `${MAIN}/capsule`,
    ])
    expect(end.json).toMatchObject({ path: '/capsule?a=1' })
  })

  it('of publicUrl if the app can not know that the browser is at another host: as before', async () => {
    const { hops } = await walk(`${SIBLING}/capsule?a=1`)
    // The cookies of the first login are the other host's, so that the login restarts once, without its page.
    expect(hops).toEqual([
      `${SIBLING}/wechat/auth`,
      authorizeOf(plain),
      `${MAIN}/wechat/auth/code`,
      authorizeOf(plain),
      `${MAIN}/wechat/auth/code`,
      `${MAIN}/`,
    ])
  })
})
