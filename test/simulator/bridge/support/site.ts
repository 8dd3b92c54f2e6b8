import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import express, { type Express } from 'express'
import type { BridgeSettings } from '../../../../src/simulator/protocol/bridge.ts'
import { listen } from '../../../support/listen.ts'
import type { FixtureSimulator } from './fixture-simulator.ts'
import { commonJsScript, officialScript } from './official-script.ts'

const built = new URL('../../../../dist/', import.meta.url)
const bridgeScript = readFileSync(new URL('simulator/bridge/bridge.js', built), 'utf8')
const browserModule = readFileSync(new URL('browser/index.js', built), 'utf8')

/** An app whose pages use the official script, and what a test may spoil about it. */
export interface Site {
  url: string
  /** What is signed in place of the address that the page sent. */
  signs: (pageUrl: string) => string
  /** Every address that was asked to be signed. */
  readonly asked: string[]
  /** Sent with every page, for tests of a strict policy. */
  contentSecurityPolicy: string | undefined
  readonly app: Express
  close(): Promise<void>
}

export const strictPolicy = (simulatorUrl: string) =>
  `default-src 'none'; script-src 'self'; connect-src 'self' ${simulatorUrl}; img-src data:; require-trusted-types-for 'script'`

export async function startSite(simulator: FixtureSimulator): Promise<Site> {
  const app = express()
  const { origin, close } = await listen(app)
  const site: Site = {
    url: origin,
    close,
    app,
    signs: pageUrl => pageUrl,
    asked: [],
    contentSecurityPolicy: undefined,
  }
  const script = (path: string, text: () => string) =>
    app.get(path, (_req, res) => {
      res.type('text/javascript').set('Cache-Control', 'no-store').send(text())
    })

  app.use((_req, res, next) => {
    if (site.contentSecurityPolicy) res.set('Content-Security-Policy', site.contentSecurityPolicy)
    next()
  })
  script('/wechat/jweixin.js', () =>
    [fromServer({ baseUrl: simulator.url }), bridgeScript, officialScript].join('\n;'),
  )
  script('/scripts/bridge.js', () => [fromServer({ baseUrl: simulator.url }), bridgeScript].join('\n;'))
  script('/scripts/official.js', () => officialScript)
  script('/scripts/bundled.js', () => commonJsScript)
  script('/scripts/empty.js', () => '')
  script('/scripts/browser.js', () => browserModule)
  script('/scripts/page.js', () => pageScript)
  script('/scripts/load-browser.js', () => `window.library = import('/scripts/browser.js')`)

  app.post('/wechat/offiaccount/jssdk', express.text({ type: () => true }), (req, res) => {
    const { url } = JSON.parse(req.body)
    site.asked.push(url)
    const timestamp = 1_700_000_000
    const noncestr = randomUUID()
    const text = `jsapi_ticket=${simulator.ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${site.signs(url)}`
    const signature = createHash('sha1').update(text).digest('hex')
    res.json({ appid: simulator.appId, timestamp, noncestr, signature })
  })

  // The page without any script of WeChat's, and the same with those that the query names.
  app.get(['/', '/deep/{*path}'], (req, res) => {
    const names = typeof req.query.scripts === 'string' ? req.query.scripts.split(',') : []
    const tags = names.map(name => `<script src="${name}"></script>`).join('')
    res
      .type('html')
      .send(`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>时间胶囊</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><h1>时间胶囊</h1><p>把今天的声音和照片封存起来。</p><img id="picture" alt="">
${tags}<script src="/scripts/page.js"></script></body></html>`)
  })
  return site
}

function fromServer(settings: BridgeSettings): string {
  return `window.__wxsimConfig = Object.assign(${JSON.stringify(settings)}, window.__wxsimConfig)`
}

/** The page's own code: `configure` by hand, as on countless pages, and every callback of a call as one answer. */
const pageScript = `
window.configure = (jsApiList, change = {}) => fetch('/wechat/offiaccount/jssdk', {
  method: 'POST', body: JSON.stringify({ url: location.href.split('#')[0] }),
}).then(response => response.json()).then(({ appid, timestamp, noncestr, signature }) => new Promise(resolve => {
  const told = []
  wx.error(result => told.push(result.errMsg))
  wx.config({ appId: appid, timestamp, nonceStr: noncestr, signature, jsApiList, ...change })
  wx.ready(() => resolve(told[0] ?? 'config:ok'))
}))
window.call = (name, options = {}) => new Promise(resolve => {
  const told = how => result => resolve({ how, ...result })
  wx[name]({ ...options, success: told('success'), cancel: told('cancel'), fail: told('fail') })
})
`
