// Mounts a login's callback as the documentation of each peer shows it. No peer checks the `state` of the login.
import { createRequire } from 'node:module'
import type { Express, RequestHandler } from 'express'
import { loadPeer } from '../peers.ts'

const APP_ID = 'wx0123456789abcdef'
const APP_SECRET = 'a-secret-of-the-bench'
const CALLBACK = '/wechat/auth/code'

interface Grant {
  openid: string
}

interface WechatJssdk {
  OAuth: new (options: object) => { getUserBaseInfo(code: string): Promise<Grant> }
  Store: new () => object
}

type CoWechatOauth = new (
  appId: string,
  appSecret: string,
) => { getAccessToken(code: string): Promise<{ data: Grant }> }

interface Passport {
  use(strategy: object): void
  serializeUser(serialize: (user: unknown, done: (error: null, key: unknown) => void) => void): void
  initialize(): RequestHandler
  authenticate(name: string, options: object): RequestHandler
}

type Verify = (
  accessToken: string,
  refreshToken: string,
  profile: Grant,
  expiresIn: number,
  done: (error: null, user: Grant) => void,
) => void

type PassportWechat = new (options: object, verify: Verify) => object

const mounts: Record<string, (app: Express, upstreamUrl: string) => void> = {
  'wechat-jssdk': (app, upstreamUrl) => {
    const { OAuth, Store } = loadPeer<WechatJssdk>('wechat-jssdk')
    const wechatRedirectUrl = 'http://localhost/wechat/auth/code'
    const options = { appId: APP_ID, appSecret: APP_SECRET, apiUrl: upstreamUrl, wechatRedirectUrl }
    const oauth = new OAuth({ ...options, store: new Store() })
    app.get(
      CALLBACK,
      storeOpenid(async code => (await oauth.getUserBaseInfo(code)).openid),
    )
  },
  'co-wechat-oauth': (app, upstreamUrl) => {
    redirectHttps(upstreamUrl)
    const OAuth = loadPeer<CoWechatOauth>('co-wechat-oauth')
    const oauth = new OAuth(APP_ID, APP_SECRET)
    app.get(
      CALLBACK,
      storeOpenid(async code => (await oauth.getAccessToken(code)).data.openid),
    )
  },
  'passport-wechat': (app, upstreamUrl) => {
    redirectHttps(upstreamUrl)
    const passport = loadPeer<Passport>('passport')
    const Strategy = loadPeer<PassportWechat>('passport-wechat')
    const options = { appID: APP_ID, appSecret: APP_SECRET, scope: 'snsapi_base', client: 'wechat' }
    passport.use(new Strategy(options, (_access, _refresh, profile, _expiresIn, done) => done(null, profile)))
    passport.serializeUser((user, done) => done(null, user))
    app.use(passport.initialize())
    app.get(CALLBACK, passport.authenticate('wechat', { successRedirect: '/' }))
  },
}

export const peers = ['wechat-jssdk', 'co-wechat-oauth', 'passport-wechat'] as const

/** Mounts the peer's login callback at `/wechat/auth/code`. @throws {Error} if there is no peer of this name */
export function mountPeer(app: Express, name: string, upstreamUrl: string): void {
  const mount = mounts[name]
  if (!mount) throw new Error(`there is no peer "${name}"`)
  mount(app, upstreamUrl)
}

function storeOpenid(exchange: (code: string) => Promise<string>): RequestHandler {
  return async (req, res) => {
    Object.assign(req.session, { openid: await exchange(String(req.query.code)) })
    res.redirect('/')
  }
}

/** Sends all https requests of the process to the bench's upstream, for peers that have no option for WeChat's address. */
function redirectHttps(upstreamUrl: string): void {
  const { hostname, port } = new URL(upstreamUrl)
  // CommonJS packages share this module object, so the peer calls the replaced `request` too.
  const https = createRequire(import.meta.url)('node:https') as typeof import('node:https')
  const { request } = https
  https.request = ((options: object, onResponse?: never) =>
    request({ ...options, host: hostname, hostname, port }, onResponse)) as typeof request
}
