import { readFileSync } from 'node:fs'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, type TokenManager, wechatRouter } from 'express-wechat'
import type { RunningSimulator } from 'express-wechat/simulator'
import { listen } from '../../support/listen.ts'

const browserModule = readFileSync(new URL('../../../dist/browser/index.js', import.meta.url), 'utf8')

export interface App {
  url: string
  tokenManager: TokenManager
  /** Runs before all of the app's own handlers. */
  before: RequestHandler
  close(): Promise<void>
}

export interface AppOptions {
  /** What the pages load as the official script. @default '/wechat/jweixin.js' */
  script?: string
  scope?: 'snsapi_base' | 'snsapi_userinfo'
}

/** An app as a user of the library writes it: login, signatures, media, a strict policy, pages without inline code. */
export async function startApp(simulator: RunningSimulator, options: AppOptions = {}): Promise<App> {
  const { script = '/wechat/jweixin.js', scope = 'snsapi_base' } = options
  const { appId, appSecret, url } = simulator
  const tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl: url, openBaseUrl: url })
  const site = express()
  const app = { tokenManager, before: (_req, _res, next) => next() } as App

  site.use((req, res, next) => app.before(req, res, next))
  site.use((_req, res, next) => {
    res.set('Content-Security-Policy', policyFor(url))
    next()
  })
  site.use(session({ secret: 'for one test', resave: false, saveUninitialized: false }))
  site.use('/wechat', wechatRouter({ tokenManager, scope }))

  site.get('/page.css', (_req, res) => void res.type('css').send(pageStyle))
  site.get('/page.js', (_req, res) => void res.type('js').send(pageScript))
  site.get('/express-wechat.js', (_req, res) => void res.type('js').send(browserModule))
  site.get('/plain', (_req, res) => void res.type('html').send('<title>无桥页面</title>'))
  const page: RequestHandler = (req, res) => {
    res
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(pageFor(script, req.wechat?.openid ?? ''))
  }
  site.get('/public{/*route}', page)
  site.get('/guests', requireWechatLogin({ tokenManager, optional: true }), page)
  site.get('/silent', requireWechatLogin({ tokenManager, optional: true, silent: true }), page)
  site.get('/{*route}', requireWechatLogin({ tokenManager, scope }), page)

  const { origin, close } = await listen(site)
  app.url = origin
  app.close = async () => {
    await tokenManager.close()
    await close()
  }
  return app
}

const policyFor = (simulatorUrl: string) =>
  [
    "default-src 'none'",
    `script-src 'self' ${simulatorUrl} https://res.wx.qq.com`,
    "style-src 'self'",
    `connect-src 'self' ${simulatorUrl}`,
    "img-src 'self' data:",
    `frame-ancestors 'self' ${simulatorUrl}`,
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')

const pageFor = (script: string, openid: string) => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>海边明信片</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<script src="${script}"></script><script type="module" src="/page.js"></script>
</head>
<body data-openid="${openid}">
<h1>海边明信片</h1>
<p>拍一张照片，说一句话，寄给一年以后的自己。</p>
<img id="picture" alt="">
<button id="photo">拍照片</button><button id="record">按下说话</button><button id="share">寄给朋友</button>
</body>
</html>
`

/** What a page does by hand with the official script, made awaitable for the tests. */
const pageScript = `
import { configureWechat, wx as promised } from '/express-wechat.js'

window.library = { configureWechat, wx: promised }
window.configure = async (jsApiList, change = {}) => {
  const answer = await fetch('/wechat/offiaccount/jssdk', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: location.href.split('#')[0] }),
  })
  const { appid, timestamp, noncestr, signature } = await answer.json()
  return new Promise(resolve => {
    const told = []
    wx.error(result => told.push(result.errMsg))
    wx.config({ appId: appid, timestamp, nonceStr: noncestr, signature, jsApiList, ...change })
    wx.ready(() => resolve(told[0] ?? 'config:ok'))
  })
}
window.call = (name, options = {}) => new Promise(resolve => {
  const told = how => result => resolve({ how, ...result })
  wx[name]({ ...options, success: told('success'), cancel: told('cancel'), fail: told('fail') })
})
`

const pageStyle = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 28px 24px; background: linear-gradient(#bfe6f2, #fdf3e3 70%); color: #21323a; font: 17px/1.7 system-ui, sans-serif; min-height: 100vh; box-sizing: border-box; }
@media (prefers-color-scheme: dark) { body { background: linear-gradient(#0b2530, #1d1a16 70%); color: #e5eef0; } }
h1 { font-size: 26px; }
img { display: block; width: 100%; border-radius: 12px; }
img:not([src]) { display: none; }
button { display: block; width: 100%; margin: 12px 0; padding: 13px; border: 0; border-radius: 10px; background: #07c160; color: #fff; font: inherit; }
`
