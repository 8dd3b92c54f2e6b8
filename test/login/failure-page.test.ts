import { requireWechatLogin } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { framingIsForbidden } from '../../src/simulator/routes/dashboard/framing.ts'
import { approve, closeSites, type Site, startSite } from '../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({
    pages: (app, tokenManager) => {
      app.get('/page', requireWechatLogin({ tokenManager, scope: 'snsapi_userinfo' }), (_req, res) => {
        res.end()
      })
    },
  })
})
afterAll(closeSites)

async function refusedPage(language?: string) {
  const browser = site.visitor()
  const begun = await browser.open(`${site.base}/auth`)
  const callback = new URL(approve(site.wechat, begun))
  callback.searchParams.delete('code')
  return browser.open(callback.href, { headers: { 'accept-language': language } })
}

/** WCAG 2.2, success criterion 1.4.3. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

function luminance(color: string): number {
  const digits =
    color.length === 4 ? [...color.slice(1)].map(digit => digit + digit).join('') : color.slice(1)
  const [red = 0, green = 0, blue = 0] = (digits.match(/../g) ?? []).map(pair => {
    const share = Number.parseInt(pair, 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('the page of a login that failed', () => {
  it.each(['127.0.0.1', 'localhost'])('can be shown in the phone of the simulator at %s', async host => {
    const { headers } = await refusedPage()
    const policy = { get: (name: string) => String(headers[name] ?? '') }
    const { port } = new URL(site.wechat.url)
    expect(framingIsForbidden(policy, site.origin, `http://${host}:${port}`)).toBe(false)
    expect(framingIsForbidden(policy, site.origin, 'https://evil.test')).toBe(true)
  })

  it('tells a developer with the simulator what happened, in one line', async () => {
    const { text } = await refusedPage()
    expect(text).toMatch(/<small>For developers, with the simulator: [^<]*docs\/errors\.md#login_refused/)
  })

  it('is shown by the guard in the phone of the simulator too', async () => {
    const browser = site.visitor()
    await site.login(browser)
    const begun = await browser.open(
      (await browser.open(`${site.origin}/page`)).location.replace(/^\//, `${site.origin}/`),
    )
    site.wechat.faults.next('/sns/oauth2/access_token', {
      json: {
        access_token: 'token',
        expires_in: 7200,
        refresh_token: 'refresh',
        openid: site.wechat.people.list()[0]?.openid,
        scope: 'snsapi_base',
      },
    })
    await browser.open(approve(site.wechat, begun))
    const { status, headers, text } = await browser.open(`${site.origin}/page`)
    expect([status, text]).toEqual([403, expect.stringContaining('#scope_not_granted')])
    expect(headers['content-security-policy']).toContain(`frame-ancestors 'self' ${site.wechat.url}`)
  })

  it.each([
    [undefined, 'zh-CN', '你取消了微信登录'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN', '你取消了微信登录'],
    ['*', 'zh-CN', '你取消了微信登录'],
    ['en-US,en;q=0.9,zh-CN;q=0.8', 'en', 'You declined the login in WeChat.'],
    ['fr-FR,en;q=0.5', 'en', 'You declined the login in WeChat.'],
  ])('is in Chinese, or in English if the browser asks for it first: %s', async (asked, lang, words) => {
    const { text, headers } = await refusedPage(asked)
    expect(text).toContain(`<html lang="${lang}">`)
    expect(text).toContain(words)
    expect(headers.vary).toContain('Accept-Language')
  })

  it.each([
    ['errcode -1', { errcode: -1 }, 504, '微信系统繁忙，请稍后再试'],
    ['a connection that is reset', 'reset', 502, '暂时无法连接微信，请稍后再试'],
  ] as const)('says what %s means: no timeout, no strange answer', async (_case, fault, status, words) => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    site.wechat.faults.next('/sns/oauth2/access_token', fault, 2)
    onTestFinished(() => site.wechat.faults.clear())
    const page = await browser.open(approve(site.wechat, begun))
    expect([page.status, page.text]).toEqual([status, expect.stringContaining(`<p>${words}</p>`)])
  })

  it('has one landmark for all of its text', async () => {
    const { text } = await refusedPage()
    expect(text).toMatch(/<main>\s*<h1>[\s\S]*<small>[\s\S]*<\/main>/)
  })

  it('has enough contrast on its button and in its text', async () => {
    const { text } = await refusedPage()
    const [, background = '', color = ''] =
      /background: (#\w+); color: (#\w+); text-decoration/.exec(text) ?? []
    expect(contrast(background, color)).toBeGreaterThanOrEqual(4.5)
    expect(contrast('#666', '#ededed')).toBeGreaterThanOrEqual(4.5)
  })
})
