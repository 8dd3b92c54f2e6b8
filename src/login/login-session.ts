import type { Request } from 'express'
import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import {
  getSessionValues,
  readSessionValue,
  readStoredSessionValue,
  renewSession,
  storeSessionValue,
} from '../http/session.js'
import type { UserGrant } from '../wechat-api/oauth.js'
import { openidField } from '../wechat-api/schemas.js'
import { isSimulatedAppId } from '../wechat-api/simulated.js'

/** The login as the session keeps it. */
export interface SessionLogin {
  appId: string
  /** The id of the login's state, under which the store keeps its outcome. Sessions of older versions have none. */
  loginId?: string | undefined
  openid: string
  unionid?: string | undefined
  /** The scope that WeChat granted; comma-separated if there are several. */
  scope: string
  /** The scope that the login asked for. A scope that WeChat did not grant is not asked for again. */
  askedScope: string
  isSnapshotUser: boolean
  /** When the person logged in, in milliseconds since 1970. */
  loggedInAt: number
  /** The person's own token, only with the scope `snsapi_userinfo`. It stays on the server. */
  userToken?: { accessToken: string; refreshToken: string; expiresAt: number } | undefined
}

/** The login of one account in the sessions of an app. */
export interface LoginSession {
  /**
   * The session's login. One of another account, and in production a simulated one, is ignored.
   * @throws {WechatUnavailableError} if there is no session at all, which is not taken for "nobody"
   */
  read(req: Request): SessionLogin | undefined
  /**
   * Reads the login like {@link read}, but throws if the session has none.
   * @throws {WechatRequestError} 401 if the session has no login
   */
  require(req: Request): SessionLogin
  /** The login as the store has it now. The session of this request is not changed. */
  peek(req: Request): Promise<SessionLogin | undefined>
  /**
   * Moves to a new session, with the login, these values and those of `keepSessionKeys`, and resolves once the store
   * has it. The id changes because another person can know the old one. The caller waits for the store because a
   * redirect that arrives before the store has the session would find no login.
   */
  establish(
    req: Request,
    login: SessionLogin,
    keepSessionKeys: readonly string[],
    values: Readonly<Record<string, unknown>>,
  ): Promise<void>
  /** Replaces the login within its session, and resolves once the store has it. */
  save(req: Request, login: SessionLogin): Promise<void>
  /**
   * Ends the login, whichever account it is of, and moves to a new session with the values of `keepSessionKeys`.
   * Resolves to the login that has ended; undefined if nobody was logged in, and then nothing is written.
   */
  end(req: Request, keepSessionKeys: readonly string[]): Promise<SessionLogin | undefined>
}

export interface LoginSessionOptions {
  /** The name of the login in the session. */
  sessionKey: string
  /**
   * The account whose logins count; undefined for any. A function is called for each request, if the account is not
   * known when the factory is called.
   */
  appId: string | undefined | (() => string | undefined)
}

/** The option for the place of the login in the session. */
export interface WechatSessionOptions {
  /** The name in the session under which the login is kept. Each account needs its own. @default 'wechat' */
  sessionKey?: string | undefined
}

export const sessionOptionsShape = {
  sessionKey: z
    .string('must be a name')
    .regex(
      /^(?!cookie$|__proto__$)\w{1,64}$/,
      'must be a name of letters, digits and "_", other than "cookie"',
    )
    .default('wechat'),
}

export const userTokenSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAt: z.number(),
})

const loginSchema = z.object({
  appId: z.string(),
  loginId: z.string().optional(),
  openid: openidField,
  unionid: openidField.optional(),
  scope: z.string(),
  askedScope: z.string(),
  isSnapshotUser: z.boolean(),
  loggedInAt: z.number(),
  userToken: userTokenSchema.optional(),
})

export function createLoginSession({ sessionKey, appId }: LoginSessionOptions): LoginSession {
  function accept(value: unknown): SessionLogin | undefined {
    const login = parseSessionLogin(value)
    const wantedAppId = typeof appId === 'function' ? appId() : appId
    return wantedAppId === undefined || login?.appId === wantedAppId ? login : undefined
  }

  function read(req: Request): SessionLogin | undefined {
    return accept(readSessionValue(req, sessionKey))
  }

  return {
    read,
    require(req) {
      const login = read(req)
      if (login) return login
      throw requestError('not_logged_in')
    },
    async peek(req) {
      return accept(await readStoredSessionValue(req, sessionKey))
    },
    async establish(req, login, keepSessionKeys, values) {
      await renewSession(req, { ...selectKept(req, keepSessionKeys), ...values, [sessionKey]: login })
    },
    save: (req, login) => storeSessionValue(req, sessionKey, login),
    async end(req, keepSessionKeys) {
      const login = parseSessionLogin(readSessionValue(req, sessionKey))
      const keys = keepSessionKeys.filter(key => key !== sessionKey)
      if (login) await renewSession(req, selectKept(req, keys))
      return login
    },
  }
}

export function toSessionLogin(
  appId: string,
  grant: UserGrant,
  { id, scope: askedScope }: { id: string; scope: string },
  nowMs: number,
): SessionLogin {
  const { scope } = grant
  return {
    appId,
    loginId: id,
    openid: grant.openid,
    unionid: grant.unionid,
    scope,
    askedScope,
    isSnapshotUser: grant.isSnapshotUser,
    loggedInAt: nowMs,
    userToken: hasScope(scope, 'snsapi_userinfo')
      ? {
          accessToken: grant.accessToken,
          refreshToken: grant.refreshToken,
          expiresAt: nowMs + grant.expiresInSeconds * 1000,
        }
      : undefined,
  }
}

/** Whether a grant covers a scope. Each login covers `snsapi_base`, which gives the openid alone. */
export function hasScope(granted: string, scope: string): boolean {
  return scope === 'snsapi_base' || granted.split(',').includes(scope)
}

/**
 * Selects the values that a new session takes over. A request that brings an ended session back takes over none of its
 * values.
 */
function selectKept(req: Request, keys: readonly string[]): Record<string, unknown> {
  const values = getSessionValues(req)
  const own = keys.filter(key => Object.hasOwn(values, key))
  return Object.fromEntries(own.map(key => [key, readSessionValue(req, key)]))
}

/** A login as it was stored; undefined for anything else, and for a simulated login in production. */
export function parseSessionLogin(value: unknown): SessionLogin | undefined {
  const result = loginSchema.safeParse(value)
  if (!result.success) return undefined
  const isRefused = isSimulatedAppId(result.data.appId) && process.env.NODE_ENV === 'production'
  return isRefused ? undefined : result.data
}
