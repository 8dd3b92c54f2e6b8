import { afterEach, describe, expect, it } from 'vitest'
import { approve, closeSites, openidOf, startSite } from '../../support/site.ts'

afterEach(closeSites)

describe('behind a proxy that ends TLS', () => {
  it('sets secure cookies that are bound to the host', async () => {
    const site = await startSite({
      origin: 'https://h5.example.com',
      session: { cookie: { secure: true, sameSite: 'lax' } },
    })
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?state=%2Fcapsule`)
    const [binding, pending] = begun.setCookies
    expect(binding).toMatch(
      /^__Host-wechat-login-[0-9a-f]{8}=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(pending).toMatch(/; Path=\/wechat\/auth; .*HttpOnly; Secure; SameSite=Lax$/)
    expect((await browser.open(approve(site.wechat, begun))).location).toBe('https://h5.example.com/capsule#')
    expect(await openidOf(site, browser)).toBeDefined()
  })

  it('ignores forwarded headers without "trust proxy"', async () => {
    const site = await startSite()
    const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${site.base}/auth/code`)
  })

  it('uses the first forwarded host, with its port, with "trust proxy"', async () => {
    const site = await startSite({ before: app => void app.set('trust proxy', 1) })
    const headers = { 'x-forwarded-host': 'h5.example.com:8443, inner', 'x-forwarded-proto': 'https' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(
      'https://h5.example.com:8443/wechat/auth/code',
    )
  })

  it('uses publicUrl instead of Host, forwarded headers and mount path', async () => {
    const site = await startSite({
      before: app => void app.set('trust proxy', 1),
      router: { publicUrl: 'https://h5.example.com/outside/' },
    })
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(
      'https://h5.example.com/outside/auth/code',
    )
  })
})
