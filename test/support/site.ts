import express, { type Express } from 'express'
import session, { type SessionOptions } from 'express-session'
import {
  createTokenManager,
  type TokenManager,
  type TokenManagerOptions,
  type WechatRouterOptions,
  wechatRouter,
} from 'express-wechat'
import { type RunningSimulator, type SimulatorOptions, startSimulator } from 'express-wechat/simulator'
import { expect } from 'vitest'
import { type Answer, AS_SCRIPT, type Browser, createBrowser } from './browser.ts'
import { keepSecret } from './canary.ts'
import { type Listening, listen } from './listen.ts'
import { TestSessionStore } from './session-store.ts'

/** An app with the whole interface at `/wechat`, and the simulator that it calls. */
export interface Site {
  app: Express
  wechat: RunningSimulator
  tokenManager: TokenManager
  sessions: TestSessionStore
  /** The origin of the app in a browser's address. */
  origin: string
  /** `{origin}/wechat` */
  base: string
  /** The address at which the app listens. */
  local: string
  /** Makes a browser without cookies. */
  visitor(): Browser
  /** Runs a login from `/auth` to the callback, and resolves to the answer of the callback. */
  login(browser: Browser, options?: LoginOptions): Promise<Answer>
  close(): Promise<void>
}

export interface LoginOptions {
  page?: string
  scope?: string
  personId?: string
}

export interface SiteSetup {
  /** @default the local address, over http */
  origin?: string
  simulator?: SimulatorOptions
  manager?: TokenManagerOptions
  router?: WechatRouterOptions
  /** False leaves the session middleware out. */
  session?: Partial<SessionOptions> | false
  /** Mounts handlers before the router. */
  before?(app: Express): void
  /** Mounts handlers after the router. */
  pages?(app: Express, tokenManager: TokenManager): void
}

const all = new Set<() => Promise<void>>()

export async function startSite(setup: SiteSetup = {}): Promise<Site> {
  const host = setup.origin === undefined ? [] : [new URL(setup.origin).host]
  const wechat = await startSimulator({
    ...(host.length > 0 && { oauthDomains: host, safeDomains: host }),
    ...setup.simulator,
  })
  keepSecret(wechat.appSecret)
  const tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
    ...setup.manager,
  })
  const sessions = new TestSessionStore()
  const app = express()
  if (setup.origin !== undefined) app.set('trust proxy', 1)
  setup.before?.(app)
  if (setup.session !== false) {
    app.use(
      session({
        secret: 'a secret of the tests',
        resave: false,
        saveUninitialized: false,
        store: sessions,
        ...setup.session,
      }),
    )
  }
  app.use('/wechat', wechatRouter({ tokenManager, ...setup.router }))
  setup.pages?.(app, tokenManager)

  const listening: Listening = await listen(app)
  const origin = setup.origin ?? listening.origin
  const base = `${origin}/wechat`

  async function close(): Promise<void> {
    all.delete(close)
    await Promise.all([listening.close(), tokenManager.close(), wechat.close()])
  }
  all.add(close)

  return {
    app,
    wechat,
    tokenManager,
    sessions,
    origin,
    base,
    local: listening.origin,
    visitor: () => createBrowser(setup.origin === undefined ? {} : { [setup.origin]: listening.origin }),
    async login(browser, { page, scope, personId } = {}) {
      const query = new URLSearchParams({
        ...(page !== undefined && { state: page }),
        ...(scope !== undefined && { scope }),
      })
      const begun = await browser.open(`${base}/auth?${query}`)
      return browser.open(approve(wechat, begun, personId))
    },
    close,
  }
}

export async function closeSites(): Promise<void> {
  await Promise.all([...all].map(close => close()))
}

/** Agrees to the login, and returns the callback URL to which WeChat sends the browser. */
export function approve(wechat: RunningSimulator, begun: Answer, personId?: string): string {
  const callback = wechat.approve(begun.location, personId === undefined ? {} : { personId })
  if (callback === undefined)
    throw new Error(`WeChat makes no callback for ${begun.status} ${begun.location}`)
  return callback
}

/** The openid that the service gives for this browser; undefined if it gives none. */
export async function openidOf(site: Site, browser: Browser): Promise<unknown> {
  const { json } = await browser.open(`${site.base}/auth/user/openid`, AS_SCRIPT)
  return typeof json === 'object' && json !== null && 'openid' in json ? json.openid : undefined
}

export function errorBody(status: number, errcode?: number) {
  return {
    status,
    msg: expect.stringMatching(/[\u4e00-\u9fff]/),
    data: errcode === undefined ? null : { errcode },
  }
}
