import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import express, { type Express, json, type Request } from 'express'
import session, { type Store } from 'express-session'
import { getWechatLogin, requireWechatLogin, type TokenManager, wechatRouter } from 'express-wechat'
import helmet from 'helmet'
import { z } from 'zod'
import { capsuleRoutes } from './capsule-routes.ts'
import type { CapsuleStore } from './capsules.ts'
import { rememberName } from './greeting.ts'
import { Problem, sendProblem } from './problem.ts'

export interface TimeCapsuleOptions {
  tokenManager: TokenManager
  store: CapsuleStore
  sessionSecret: string
  sessionStore: Store
  now: () => number
  /** The simulator's address, and the function that moves its clock forward; undefined with the real WeChat. */
  simulator?: { url: string; advance: (ms: number) => void } | undefined
}

const page = fileURLToPath(new URL('page/', import.meta.url))
const browserModule = createRequire(import.meta.url).resolve('express-wechat/browser')

/** Creates the Express app that serves the time capsule's pages and API. */
export function createTimeCapsule(options: TimeCapsuleOptions): Express {
  const { tokenManager, store, sessionSecret, sessionStore, now, simulator } = options
  const app = express()
  // Phones reach the app by a proxy or tunnel on this machine, whose `X-Forwarded-*` headers Express has to believe.
  app.set('trust proxy', 'loopback')

  app.use(securityHeaders(simulator?.url))
  app.use(express.static(page, { index: false }))
  app.get('/express-wechat.js', (_req, res) => res.sendFile(browserModule))

  app.use(
    session({
      name: 'capsule.sid',
      secret: sessionSecret,
      store: sessionStore,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: 30 * 86_400_000 },
    }),
  )
  app.use(
    '/wechat',
    wechatRouter({ tokenManager, mediaAccess: 'login', onLogin: rememberName, scanLogin: true }),
  )

  // `/` needs no login: WeChat shows a page that forces a login at once as a snapshot page. Visitors see a start page.
  const visitors = requireWechatLogin({ tokenManager, optional: true })
  app.get('/', visitors, (_req, res) => {
    res.set('Cache-Control', 'no-store').sendFile('index.html', { root: page })
  })
  // With the simulator, any browser logs in by a redirect. With WeChat, a browser other than WeChat's shows a QR code.
  const outsideWechat = simulator ? 'redirect' : 'scan'
  const entrance = requireWechatLogin({ tokenManager, scope: 'snsapi_userinfo', outsideWechat })
  app.get('/enter', entrance, (_req, res) => {
    res.set('Cache-Control', 'no-store').redirect('/')
  })
  app.get('/api/me', visitors, (req, res) => {
    const openid = getWechatLogin(req)?.openid ?? null
    const nickname = openid === null ? null : (req.session.nickname ?? null)
    res.json({ openid, nickname, simulatorUrl: simulator?.url ?? null })
  })
  app.use('/api/capsules', capsuleRoutes({ tokenManager, store, now }))
  if (simulator) {
    app.post('/api/time-travel', requireWechatLogin({ tokenManager }), json(), (req, res) => {
      simulator.advance(readDays(req) * 86_400_000)
      res.status(204).end()
    })
  }

  app.use((_req, _res, next) => next(new Problem(404, 'not_found', '没有找到这个页面')))
  app.use(sendProblem)
  return app
}

function readDays(req: Request): number {
  const { data } = z.object({ days: z.int().min(1).max(36_500) }).safeParse(req.body)
  if (!data) throw new Problem(400, 'bad_days', '请求内容不正确')
  return data.days
}

function securityHeaders(simulatorUrl: string | undefined) {
  const simulator = simulatorUrl ? [simulatorUrl] : []
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        // The page loads the official script from WeChat's first host, or from the second if the first is down.
        scriptSrc: ["'self'", 'https://res.wx.qq.com', 'https://res2.wx.qq.com', ...simulator],
        styleSrc: ["'self'"],
        // The URLs that WeChat gives to pictures on the phone have the last two schemes.
        imgSrc: ["'self'", 'data:', 'blob:', 'https://open.weixin.qq.com', 'wxlocalresource:', 'weixin:'],
        mediaSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'", ...simulator],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        // The simulator's dashboard may show the page in a frame; no other site may.
        frameAncestors: ["'self'", ...simulator],
      },
    },
    // The CSP's `frame-ancestors` replaces X-Frame-Options, which can't name the simulator.
    xFrameOptions: false,
    strictTransportSecurity: false,
  })
}
