import type { Request } from 'express'
import type {} from 'express-session'
import { z } from 'zod'
import { WechatConfigError, WechatRequestError, WechatUnavailableError } from '../errors/errors.js'
import type { UserGrant } from '../wechat-api/oauth.js'
import { openidField } from '../wechat-api/schemas.js'

/** The login as the session keeps it. */
export interface SessionLogin {
  appId: string
  openid: string
  unionid?: string | undefined
  /** What WeChat granted; comma-separated where there are several. */
  scope: string
  /** What was asked for: an upgrade that WeChat did not grant is not asked for again. */
  askedScope: string
  isSnapshotUser: boolean
  /** Milliseconds since 1970. */
  loggedInAt: number
  /** The user's own token, only where the user info was granted. It stays on the server. */
  userToken?: { accessToken: string; refreshToken: string; expiresAt: number } | undefined
}

const loginSchema = z.object({
  appId: z.string(),
  openid: openidField,
  unionid: openidField.optional(),
  scope: z.string(),
  askedScope: z.string(),
  isSnapshotUser: z.boolean(),
  loggedInAt: z.number(),
  userToken: z
    .object({ accessToken: z.string(), refreshToken: z.string(), expiresAt: z.number() })
    .optional(),
})

export function toSessionLogin(
  appId: string,
  grant: UserGrant,
  askedScope: string,
  nowMs: number,
): SessionLogin {
  return {
    appId,
    openid: grant.openid,
    unionid: grant.unionid,
    scope: grant.scope || askedScope,
    askedScope,
    isSnapshotUser: grant.isSnapshotUser,
    loggedInAt: nowMs,
    userToken: hasScope(grant.scope || askedScope, 'snsapi_userinfo')
      ? {
          accessToken: grant.accessToken,
          refreshToken: grant.refreshToken,
          expiresAt: nowMs + grant.expiresInSeconds * 1000,
        }
      : undefined,
  }
}

/** Every login covers `snsapi_base`: it tells the openid, and nothing else. */
export function hasScope(granted: string, scope: string): boolean {
  return scope === 'snsapi_base' || granted.split(',').includes(scope)
}

/**
 * Who is logged in; undefined for nobody. A login of another account, or of a simulated one in production, is
 * nobody's.
 *
 * @throws {WechatUnavailableError} where there is no session at all, which is never taken for "nobody"
 */
export function readLogin(
  req: Request,
  sessionKey: string,
  appId: string | undefined,
): SessionLogin | undefined {
  return parseLogin(sessionValues(req), sessionKey, appId)
}

function parseLogin(
  session: unknown,
  sessionKey: string,
  appId: string | undefined,
): SessionLogin | undefined {
  const values = Object(session) as Record<string, unknown>
  const result = loginSchema.safeParse(Object.hasOwn(values, sessionKey) ? values[sessionKey] : undefined)
  if (!result.success) return undefined
  const login = result.data
  const isSimulated = login.appId.startsWith('wxsim')
  if (appId !== undefined && login.appId !== appId) return undefined
  if (isSimulated && process.env.NODE_ENV === 'production') return undefined
  return login
}

/** @throws {WechatRequestError} 401 */
export function readRequiredLogin(req: Request, sessionKey: string, appId: string): SessionLogin {
  const login = readLogin(req, sessionKey, appId)
  if (login) return login
  throw notLoggedIn()
}

export function notLoggedIn(): WechatRequestError {
  return new WechatRequestError('nobody is logged in', { code: 'not_logged_in', status: 401 })
}

/** The login as the store has it by now; what this request holds of the session stays untouched. */
export async function peekLogin(
  req: Request,
  sessionKey: string,
  appId: string,
): Promise<SessionLogin | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  try {
    req.sessionStore.get(req.sessionID, (error: unknown, session) =>
      error ? reject(error) : resolve(session),
    )
    return parseLogin(await promise, sessionKey, appId)
  } catch {
    throw sessionUnavailable('the session store did not tell the login')
  }
}

/**
 * Gives the session a new id and the login to it, and returns when it is stored: a redirect that overtakes the
 * store finds nobody logged in, and an id from before the login may be known to somebody else.
 */
export async function establishLogin(
  req: Request,
  sessionKey: string,
  login: SessionLogin,
  keepSessionKeys: readonly string[],
): Promise<void> {
  const before = sessionValues(req)
  const kept = keepSessionKeys
    .filter(key => key !== sessionKey && Object.hasOwn(before, key))
    .map(key => [key, before[key]] as const)
  await renewSession(req, [...kept, [sessionKey, login]])
}

/** A new id, and nothing in the session but these; stored when it returns. */
export async function renewSession(
  req: Request,
  values: readonly (readonly [key: string, value: unknown])[],
): Promise<void> {
  try {
    await callback(done => req.session.regenerate(done))
    const after = sessionValues(req)
    for (const [key, value] of values) after[key] = value
    await callback(done => req.session.save(done))
  } catch {
    // Unset, the session is not written again when the response ends.
    Reflect.set(req, 'session', undefined)
    throw sessionUnavailable('the session store did not take the login')
  }
}

export async function changeLogin(
  req: Request,
  sessionKey: string,
  login: SessionLogin | undefined,
): Promise<void> {
  const session = sessionValues(req)
  if (login) session[sessionKey] = login
  else delete session[sessionKey]
  try {
    await callback(done => req.session.save(done))
  } catch {
    throw sessionUnavailable('the session store did not take the change')
  }
}

/**
 * A session whose cookie browsers only get over https, on a request that Express takes for plain http: the login
 * would be lost with each answer, and begin anew for ever.
 * @throws {WechatConfigError}
 */
export function assertCookieCanTravel(req: Request): void {
  sessionValues(req)
  if (typeof req.session.regenerate !== 'function') {
    throw new WechatConfigError(
      'the session is not one of express-session: a login needs a new session id, and a store',
      'session_unsuitable',
    )
  }
  if (req.session.cookie.secure === true && !req.secure) {
    throw new WechatConfigError(
      'the session cookie is secure, but this request is plain http to Express: behind a TLS proxy, set app.set("trust proxy", 1)',
      'insecure_transport',
    )
  }
}

export function sessionValues(req: Request): Record<string, unknown> {
  const session: unknown = req.session
  if (typeof session !== 'object' || session === null) {
    throw sessionUnavailable(
      'there is no session: mount app.use(session(…)) of express-session before wechatAuthRouter() and requireWechatLogin(), with a cookie path that covers both; if it is mounted there, its store is disconnected',
    )
  }
  return session as Record<string, unknown>
}

function sessionUnavailable(message: string): WechatUnavailableError {
  return new WechatUnavailableError(message, 'session_unavailable')
}

function callback(start: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))
}
