import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { WechatConfigError, type WechatError, WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import { sendNoticePage } from '../http/error-page.js'
import {
  type HandlerOptions,
  handlerOptionsShape,
  type SessionOptions,
  sessionOptionsShape,
  tokenManagerOf,
} from '../http/handler-options.js'
import { assertOwnPage, createSite, type SiteOptions, siteOptionsShape } from '../http/public-origin.js'
import { readQuery } from '../http/query.js'
import { prefersHtml } from '../http/request-kind.js'
import { sendError, sendPrivate } from '../http/respond.js'
import { route, sendNotFound } from '../http/route.js'
import { getContext } from '../tokens/context.js'
import { parseOptions } from '../util/parse-options.js'
import type { Scope } from '../wechat-api/oauth.js'
import { exchangeOnce } from './code-exchange.js'
import { createLoginCookies } from './login-cookies.js'
import {
  assertCookieCanTravel,
  changeLogin,
  establishLogin,
  readLogin,
  readRequiredLogin,
  type SessionLogin,
  toSessionLogin,
} from './login-session.js'
import { createLoginStates } from './login-state.js'
import { clearReturn, markReturn } from './redirect-loop-cookie.js'
import { isLoginItself, parseReturnUrl, withFragment } from './return-url.js'
import { createUserInfoReader } from './user-info.js'

export interface WechatAuthOptions extends HandlerOptions, SessionOptions, SiteOptions {
  /**
   * What logins ask for: `snsapi_base` is silent and tells the openid; `snsapi_userinfo` asks the person and tells
   * nickname, avatar and unionid too. `?scope=` overrides it for one login.
   * @default the environment's WECHAT_SCOPE, else 'snsapi_base'
   */
  scope?: Scope | undefined
  /** The page to return to where none is named: a path, or a URL of an allowed origin. @default '/' */
  defaultReturnUrl?: string | undefined
  /**
   * Logs people in whom WeChat shows as a snapshot page, with a virtual account that is another one next time.
   * @default false
   */
  allowSnapshotUser?: boolean | undefined
  /** Session values that outlive a login; all others are gone with the old session id. @default [] */
  keepSessionKeys?: readonly string[] | undefined
}

const scopeSchema = z.enum(['snsapi_base', 'snsapi_userinfo'], 'must be "snsapi_base" or "snsapi_userinfo"')

const optionsSchema = z.strictObject({
  ...handlerOptionsShape,
  ...sessionOptionsShape,
  ...siteOptionsShape,
  scope: scopeSchema.optional(),
  defaultReturnUrl: z
    .string()
    .regex(/^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/, 'must be a path such as "/", or a URL')
    .refine(text => URL.canParse(text, 'http://localhost'), 'must be a path such as "/", or a URL')
    .default('/'),
  allowSnapshotUser: z.boolean().default(false),
  keepSessionKeys: z
    .array(
      z.string().regex(/^(?!cookie$|__proto__$)/, 'must name values of the session'),
      'must be a list of names',
    )
    .default([]),
})

const environmentSchema = z.object({
  WECHAT_SCOPE: z.preprocess(text => text || undefined, scopeSchema.optional()),
})

const CODE = /^[A-Za-z0-9_-]{1,512}$/

/**
 * Login by WeChat's OAuth, mounted where the interface's `{base}` is: `/auth`, `/auth/code`, `/auth/user`,
 * `/auth/user/openid`, `/auth/logout`. Paths outside `/auth` go on to what is mounted after it.
 *
 * Needs `express-session` before it.
 *
 * @see 公众号文档 «网页授权»
 *
 * @example
 * app.use('/wechat', wechatAuthRouter({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, naming the option
 */
export function wechatAuthRouter(options: WechatAuthOptions = {}): Router {
  const parsed = parseOptions('wechatAuthRouter', optionsSchema, options)
  const { onError, sessionKey } = parsed
  const { WECHAT_SCOPE } = parseOptions('wechatAuthRouter', environmentSchema, process.env)
  const defaultScope = parsed.scope ?? WECHAT_SCOPE ?? 'snsapi_base'
  const site = createSite('wechatAuthRouter', parsed)
  const parts = getContext(tokenManagerOf(parsed))
  const { account, clock } = parts
  const isSecure = (req: Request) => site.origin(req).startsWith('https:')
  const states = createLoginStates(account, clock)
  const cookies = createLoginCookies(states, {
    appId: account.appId,
    isSecure,
    path: req => `${site.basePath(req)}/auth`,
  })
  const readUserInfo = createUserInfoReader(parts, sessionKey)

  function begin(req: Request, res: Response, returnUrl: string, scope: Scope, isRestart = false): void {
    const binding = cookies.ensureBinding(req, res)
    const { state, id } = states.create({ binding, returnUrl, scope, isRestart })
    cookies.keepReturnUrl(req, res, id, returnUrl)
    const redirectUri = encodeURIComponent(`${site.origin(req)}${site.basePath(req)}/auth/code`)
    // WeChat matches the whole address: its parameters keep this order, and the fragment is a part of it.
    redirect(
      res,
      `${account.openBaseUrl}/connect/oauth2/authorize?appid=${account.appId}&redirect_uri=${redirectUri}` +
        `&response_type=code&scope=${scope}&state=${state}#wechat_redirect`,
    )
  }

  function beginLogin(req: Request, res: Response): void {
    assertCookieCanTravel(req)
    const scope = parseScope(readQuery(req, 'scope') ?? defaultScope)
    const page = readQuery(req, 'state') ?? ''
    if (page === '') defaultPage(req)
    begin(req, res, page === '' ? '' : parseReturnUrl(site, req, page), scope)
  }

  /** The operator's own word, which needs no leave of `allowedOrigins`. */
  function defaultPage(req: Request): string {
    const url = new URL(parsed.defaultReturnUrl, site.origin(req))
    if (!isLoginItself(site, req, url)) return url.href
    throw new WechatConfigError(
      'wechatAuthRouter: "defaultReturnUrl" leads into the login itself, which would never end',
    )
  }

  async function finishLogin(req: Request, res: Response): Promise<void> {
    res.set('Referrer-Policy', 'no-referrer')
    if (/prefetch/i.test(`${req.get('purpose')} ${req.get('sec-purpose')}`)) {
      res.status(204).set('Cache-Control', 'no-store').end()
      return
    }
    assertCookieCanTravel(req)
    const code = readQuery(req, 'code') ?? ''
    const state = states.parse(readQuery(req, 'state') ?? '')
    if (!state) throw badCallback('the state is not one of ours')
    if (code === '') throw refusedByUser()
    if (!CODE.test(code)) throw badCallback('the code is not one of WeChat')

    const binding = cookies.readBinding(req) ?? ''
    const keptUrl = cookies.readReturnUrl(req, state.id)
    const returnUrl = keptUrl === '' ? '' : parseReturnUrl(site, req, keptUrl)
    const isProven = !state.isExpired && states.isOf(state, binding, returnUrl)
    const grant = isProven ? await exchangeOnce(parts, state.id, code) : undefined
    if (!grant) {
      // Used up long ago by a Back button: who is logged in goes on; anyone else begins anew, once.
      const isBack = isProven && readLogin(req, sessionKey, account.appId) !== undefined
      if (isBack) {
        goBackTo(req, res, returnUrl)
        return
      }
      if (state.isRestart) {
        throw badCallback('the browser lost its cookies twice', '登录失败：请允许浏览器使用 Cookie 后重试')
      }
      begin(req, res, returnUrl, state.scope, true)
      return
    }
    if (grant.isSnapshotUser && !parsed.allowSnapshotUser) throw snapshotUser()
    const login = toSessionLogin(account.appId, grant, state.scope, clock.wallMs())
    await establishLogin(req, sessionKey, login, parsed.keepSessionKeys)
    markReturn(req, res, `${site.basePath(req)}/auth`, isSecure(req))
    goBackTo(req, res, returnUrl)
  }

  function goBackTo(req: Request, res: Response, returnUrl: string): void {
    redirect(res, withFragment(returnUrl || defaultPage(req)))
  }

  /** People land here, not scripts: they get a page, with a way to try again. */
  function answerCallbackError(error: WechatError, req: Request, res: Response): void {
    if (res.headersSent || !prefersHtml(req)) {
      sendError(res, error)
      return
    }
    const returnUrl = pageOfLogin(req)
    const query = returnUrl === '' ? '' : `?state=${encodeURIComponent(returnUrl)}`
    sendNoticePage(res, {
      status: error.status,
      title: '登录没有完成',
      text: error.userMessage,
      link: { href: `${site.basePath(req)}/auth${query}`, label: '重新登录' },
    })
  }

  function pageOfLogin(req: Request): string {
    const state = states.parse(new URLSearchParams(req.url.split('?')[1]).get('state') ?? '')
    return state ? cookies.readReturnUrl(req, state.id) : ''
  }

  async function user(req: Request, res: Response): Promise<void> {
    sendPrivate(res, await readUserInfo(req, requireLogin(req)))
  }

  function openid(req: Request, res: Response): void {
    sendPrivate(res, { openid: requireLogin(req).openid })
  }

  async function logout(req: Request, res: Response): Promise<void> {
    assertOwnPage(site, req)
    if (readLogin(req, sessionKey, undefined)) await changeLogin(req, sessionKey, undefined)
    clearReturn(res)
    res.status(204).set('Cache-Control', 'no-store').end()
  }

  function requireLogin(req: Request): SessionLogin {
    return readRequiredLogin(req, sessionKey, account.appId)
  }

  const router = Router({ caseSensitive: true, strict: true })
  route(router, 'GET', '/auth', handle(beginLogin, onError))
  route(router, 'GET', '/auth/code', handle(finishLogin, onError ?? answerCallbackError))
  route(router, 'GET', '/auth/user', handle(user, onError))
  route(router, 'GET', '/auth/user/openid', handle(openid, onError))
  route(router, 'POST', '/auth/logout', handle(logout, onError))
  router.use('/auth', sendNotFound)
  return router
}

function parseScope(value: string): Scope {
  const scope = scopeSchema.safeParse(value)
  if (scope.success) return scope.data
  throw new WechatRequestError(`"scope" ${scope.error.issues[0]?.message}`, {
    code: 'bad_scope',
    status: 400,
  })
}

function redirect(res: Response, location: string): void {
  // WeChat's browser caches redirects that don't forbid it.
  res
    .status(302)
    .set({
      Location: location,
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Referrer-Policy': 'no-referrer',
    })
    .end()
}

function badCallback(message: string, userMessage = '登录请求无效，请重新登录'): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_callback', status: 400, userMessage })
}

function refusedByUser(): WechatRequestError {
  return new WechatRequestError('the person refused at WeChat', {
    code: 'login_refused',
    status: 403,
    userMessage: '你取消了微信登录',
  })
}

function snapshotUser(): WechatRequestError {
  return new WechatRequestError("WeChat's snapshot page lent a virtual account", {
    code: 'snapshot_user',
    status: 403,
    userMessage: '当前为快照页，请点击页面底部的「使用完整服务」后再试',
  })
}
