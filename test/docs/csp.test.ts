import { readFileSync } from 'node:fs'
import session from 'express-session'
import { createTokenManager, wechatRouter } from 'express-wechat'
import { startSimulator } from 'express-wechat/simulator'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openContext } from '../e2e/support/dashboard.ts'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { listen } from '../support/listen.ts'
import { createRecipeLoader } from './recipes.ts'

const browserModule = readFileSync(new URL('../../dist/browser/index.js', import.meta.url), 'utf8')

const html = `<!doctype html><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">
<script type="module" src="/page.js"></script><body>`

/** Shows what WeChat says of the page, and the picture that it gives, as pages do. */
const script = `
import { configureWechat, wx } from '/express-wechat.js'
await configureWechat({ jsApiList: ['chooseImage'] })
await new Promise(ready => wx.ready(ready))
const picture = new Image()
// No browser but WeChat's knows the scheme. What counts is that the policy lets it pass.
picture.src = 'weixin://resourceid/0'
picture.onerror = () => document.body.append('verified')
`

describe.skipIf(!executablePath)('the policy of the guide', () => {
  const chromium = useBrowser()

  it("lets a page in the simulator's phone be verified, without a violation", async () => {
    const wechat = await startSimulator()
    onTestFinished(() => wechat.close())
    const { appId, appSecret, url } = wechat
    const tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl: url, openBaseUrl: url })
    onTestFinished(() => tokenManager.close())
    vi.stubEnv('WECHAT_OPEN_BASE_URL', url)
    const recipes = createRecipeLoader({ tokenManager })
    onTestFinished(() => recipes.close())
    const { app } = await recipes.load('csp')
    app.use(session({ secret: 'for one test', resave: false, saveUninitialized: false }))
    app.use('/wechat', wechatRouter({ tokenManager }))
    app.get('/express-wechat.js', (_req, res) => void res.type('js').send(browserModule))
    app.get('/page.js', (_req, res) => void res.type('js').send(script))
    app.get('/', (_req, res) => void res.type('html').send(html))
    const { origin, close } = await listen(app)
    onTestFinished(close)

    const context = await openContext(chromium.browser)
    const page = await context.newPage()
    const violations: string[] = []
    page.on('console', message => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text())
    })
    await page.goto(`${url}/phone?${new URLSearchParams({ url: `${origin}/` })}`)
    await page.frameLocator('iframe').getByText('verified').waitFor()
    expect(violations).toEqual([])
  })
})
