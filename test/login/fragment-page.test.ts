import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { type RequireWechatLoginOptions, requireWechatLogin } from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, startSite } from '../support/site.ts'

afterEach(closeSites)

async function startPages(options: RequireWechatLoginOptions = {}) {
  const site = await startSite({
    pages: (app, tokenManager) => {
      app.get('/app', requireWechatLogin({ tokenManager, keepFragment: true, ...options }), (_req, res) => {
        res.send('the app')
      })
    },
  })
  return { site, browser: site.visitor(), page: `${site.origin}/app` }
}

const decodeHtml = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

/** Runs the script of the page as a browser at `#hash` does, and returns where it leads. */
function runScript({ text, url }: Answer, hash: string): string {
  const [, attributes = '', script = ''] = /<script([^>]*)>([\s\S]*?)<\/script>/.exec(text) ?? []
  const targets: string[] = []
  runInNewContext(script, {
    document: {
      currentScript: {
        getAttribute: (name: string) =>
          decodeHtml(new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''),
      },
    },
    location: { hash, replace: (address: string) => targets.push(address) },
    encodeURIComponent,
  })
  return new URL(targets[0] ?? '', url).href
}

describe('a page with keepFragment', () => {
  it.each(['#/route', '#/me?tab=1&x=2', '#%E8%B7%AF/a%20b', '#!/a#b'])(
    'is returned to with its fragment: %s',
    async hash => {
      const { site, browser, page } = await startPages()
      const first = await browser.open(`${page}?a=1&b=%26`)
      expect(first.status).toBe(200)
      const begun = await browser.open(runScript(first, hash))
      const ended = await browser.open(approve(site.wechat, begun))
      expect(ended.location).toBe(`${page}?a=1&b=%26${hash}`)
      expect((await browser.open(ended.location)).text).toBe('the app')
    },
  )

  it.each([
    ['no fragment', ''],
    ["WeChat's own mark", '#wechat_redirect'],
    ['a fragment that is too long', `#${'x'.repeat(3_000)}`],
  ])('is returned to without a fragment if it has %s', async (_name, hash) => {
    const { site, browser, page } = await startPages()
    const begun = await browser.open(runScript(await browser.open(page), hash))
    expect((await browser.open(approve(site.wechat, begun))).location).toBe(`${page}#`)
  })

  it('keeps a fragment and the scope of the guard', async () => {
    const { site, browser, page } = await startPages({ scope: 'snsapi_userinfo' })
    const begun = await browser.open(runScript(await browser.open(page), '#/me'))
    expect(begun.location).toContain('&scope=snsapi_userinfo&')
    expect((await browser.open(approve(site.wechat, begun))).location).toBe(`${page}#/me`)
  })

  it('is the same script for each visitor, which alone its policy allows', async () => {
    const { browser, page } = await startPages()
    const answers = [await browser.open(page), await browser.open(`${page}?x="><script>alert(1)</script>`)]
    const scripts = answers.map(({ text }) => text.match(/<script[^>]*>([\s\S]*?)<\/script>/g) ?? [])
    expect(scripts.map(found => found.length)).toEqual([1, 1])
    for (const { text, headers } of answers) {
      const script = /<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? ''
      const hash = createHash('sha256').update(script).digest('base64')
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'`,
      )
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      expect(headers.vary).toContain('Cookie')
    }
  })

  it('has a link without the fragment for browsers without scripts', async () => {
    const { site, browser, page } = await startPages()
    const { text } = await browser.open(page)
    const href = decodeHtml(/<noscript>.*href="([^"]*)"/.exec(text)?.[1] ?? '')
    const begun = await browser.open(new URL(href, page).href)
    expect((await browser.open(approve(site.wechat, begun))).location).toBe(`${page}#`)
  })

  it('is counted by the guard against redirect loops, and is 401 for scripts', async () => {
    const { site, browser, page } = await startPages({ sessionKey: 'another' })
    const begun = await browser.open(runScript(await browser.open(page), '#/me'))
    await browser.open(approve(site.wechat, begun))
    const answer = await browser.open(page)
    expect([answer.status, answer.text]).toEqual([500, expect.stringContaining('登录状态没有保存下来')])
    expect((await site.visitor().open(page, AS_SCRIPT)).status).toBe(401)
  })
})
