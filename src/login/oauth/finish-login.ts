import type { Request, Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { readFirstQueryValue, readQuery } from '../../http/request.js'
import { sendNoContent } from '../../http/respond.js'
import { assertSessionCanKeepLogin } from '../../http/session.js'
import { noteOutcome } from '../../util/debug-request.js'
import { LostGrantError, type UserGrant } from '../../wechat-api/oauth.js'
import { publishRefusedLogin } from '../hooks/login-events.js'
import { runLoginHook } from '../hooks/run-login-hook.js'
import { storeLogin } from '../hooks/store-login.js'
import { type SessionLogin, toSessionLogin } from '../login-session.js'
import { sendToWechat } from './begin-login.js'
import { type ExchangedLogin, exchangeOnce } from './code-exchange.js'
import type { LoginFlow } from './login-flow.js'
import type { ParsedState } from './login-state.js'
import { endsWithLogout, keepGranted, type LoginBefore, readLoginBefore } from './renewed-login.js'
import { returnToPage } from './return-to-page.js'
import { parseReturnUrl } from './return-url.js'
import { endSilently } from './silent-login.js'

/** A callback of WeChat whose parameters are acceptable. */
interface Callback {
  code: string
  state: ParsedState
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  /** Whether the state has not expired, and was issued to this browser for this page. */
  isProven: boolean
}

interface FinishedLogin {
  callback: Callback
  /** The login that the session holds already, if this one is silent or a renewal. */
  before: LoginBefore | undefined
  exchanged: ExchangedLogin
}

const CODE = /^[A-Za-z0-9_-]{1,512}$/

/**
 * Answers WeChat's callback, `GET {base}/auth/code?code={code}&state={state}`: exchanges the code, logs the person
 * in, and redirects to the page to which the login returns.
 *
 * @throws {WechatError} if the login can't be finished
 */
export async function finishLogin(flow: LoginFlow, req: Request, res: Response): Promise<void> {
  res.set('Referrer-Policy', 'no-referrer')
  // A prefetch would use up the code before the person opens the callback, so it gets 204.
  if (isPrefetch(req)) return sendNoContent(res)
  try {
    await finish(flow, req, res)
  } catch (error) {
    const state = flow.states.parse(readFirstQueryValue(req, 'state') ?? '')
    if (state?.mode !== 'silent') throw error
    endSilently(flow, req, res, { error, returnUrl: findReturnUrl(flow, req, state) })
  }
}

async function finish(flow: LoginFlow, req: Request, res: Response): Promise<void> {
  assertSessionCanKeepLogin(req, flow.publicOrigin.isDowngraded(req))
  const callback = readCallback(flow, req)
  // The session is read before the exchange, because a second callback of this login can end the session meanwhile.
  const before = readLoginBefore(flow, req, callback.state)
  try {
    const exchanged = callback.isProven ? await exchange(flow, req, callback, before) : undefined
    if (exchanged) await logIn(flow, req, res, { callback, before, exchanged })
    else continueWithoutGrant(flow, req, res, callback)
  } catch (error) {
    const { isRestart, mode } = callback.state
    if (!(error instanceof LostGrantError) || isRestart || mode === 'silent') throw error
    restartLogin(flow, req, res, callback)
  }
}

function readCallback(flow: LoginFlow, req: Request): Callback {
  const { context, states, cookies } = flow
  const code = readQuery(req, 'code') ?? ''
  const state = states.parse(readQuery(req, 'state') ?? '')
  if (!state) throw requestError('bad_callback', 'The state was not issued by this account')
  // WeChat leaves the code out if the person refuses; some versions send the code "authdeny".
  if (code === '' || code === 'authdeny') {
    const error = requestError('login_refused')
    publishRefusedLogin(context.account, error, { via: 'oauth' })
    throw error
  }
  if (!CODE.test(code)) throw requestError('bad_callback', 'The code is no code of WeChat')

  const returnUrl = readReturnUrl(flow, req, state)
  const isIssued = states.isIssuedTo(state, cookies.readLoginNonce(req) ?? '', returnUrl)
  return { code, state, returnUrl, isProven: isIssued && !state.isExpired }
}

/** Exchanges the code and asks the app about the login, both once for all callbacks of this login. */
function exchange(
  flow: LoginFlow,
  req: Request,
  { state, code }: Callback,
  before: LoginBefore | undefined,
): Promise<ExchangedLogin | undefined> {
  return exchangeOnce(flow.context, state, code, {
    async accept(grant) {
      assertNoSnapshotUser(flow, grant)
      const login = toLogin(flow, state, grant, before)
      const { userToken } = login
      const values = await runLoginHook(flow, req, login, 'oauth')
      return { values, ...(login.userToken !== userToken && { userToken: login.userToken }) }
    },
    timeoutMs: flow.hooks.onLoginTimeoutMs,
  })
}

/**
 * Refuses a login on a snapshot page, unless `allowSnapshotUser` is set.
 * @throws {WechatRequestError} 403
 */
function assertNoSnapshotUser({ allowSnapshotUser, context }: LoginFlow, grant: UserGrant): void {
  if (!grant.isSnapshotUser || allowSnapshotUser) return
  const error = requestError('snapshot_user')
  publishRefusedLogin(context.account, error, { openid: grant.openid, via: 'oauth' })
  throw error
}

async function logIn(
  flow: LoginFlow,
  req: Request,
  res: Response,
  { callback, before, exchanged }: FinishedLogin,
): Promise<void> {
  const { grant, values, userToken, isRepeat } = exchanged
  const { state, returnUrl } = callback
  const isSamePerson = before?.login.openid === grant.openid
  if (before && isSamePerson && (await endsWithLogout(flow, before, state))) {
    returnToPage(flow, req, res, { returnUrl, mode: state.mode })
    return
  }
  await storeLogin(flow, req, res, {
    login: { ...toLogin(flow, state, grant, before), ...(userToken && { userToken }) },
    values: { ...(isSamePerson && before.values), ...values },
    via: 'oauth',
    isRepeat,
  })
  noteOutcome(req, isRepeat ? 'logged in by the outcome of an earlier callback' : 'logged in')
  returnToPage(flow, req, res, { returnUrl, mode: state.mode })
}

function toLogin(
  { context }: LoginFlow,
  state: ParsedState,
  grant: UserGrant,
  before: LoginBefore | undefined,
): SessionLogin {
  const login = toSessionLogin(context.account.appId, grant, state, context.clock.wallMs())
  return before ? keepGranted(before.login, login) : login
}

/**
 * Answers a callback that can't be used: its login was used before (by a Back button, for example), has expired, or
 * the browser lost its cookies. A person who is logged in returns to the page, and so does a silent login;
 * otherwise the login begins again, once.
 */
function continueWithoutGrant(flow: LoginFlow, req: Request, res: Response, callback: Callback): void {
  const { state, returnUrl, isProven } = callback
  const { mode } = state
  if (mode === 'silent' || (isProven && flow.session.read(req))) {
    noteOutcome(req, 'returned to the page with the login as it was')
    returnToPage(flow, req, res, { returnUrl, mode })
    return
  }
  if (state.isRestart) throw requestError('login_cookies_lost')
  restartLogin(flow, req, res, callback)
}

function restartLogin(flow: LoginFlow, req: Request, res: Response, { state, returnUrl }: Callback): void {
  const { scope, mode } = state
  sendToWechat(flow, req, res, { returnUrl, scope, isRestart: true, mode })
}

/** The page of the login, or empty for the default one. */
function readReturnUrl({ cookies, publicOrigin }: LoginFlow, req: Request, { id }: ParsedState): string {
  const keptUrl = cookies.readReturnUrl(req, id)
  return keptUrl === '' ? '' : parseReturnUrl(publicOrigin, req, keptUrl)
}

/** Like {@link readReturnUrl}, but also empty if the page is no longer acceptable. */
function findReturnUrl(flow: LoginFlow, req: Request, state: ParsedState): string {
  try {
    return readReturnUrl(flow, req, state)
  } catch {
    return ''
  }
}

function isPrefetch(req: Request): boolean {
  return /prefetch/i.test(`${req.get('purpose')} ${req.get('sec-purpose')}`)
}
