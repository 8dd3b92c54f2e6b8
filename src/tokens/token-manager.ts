import { z } from 'zod'
import { isDeadTokenError, WechatConfigError } from '../errors/errors.js'
import { type Clock, isClock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import {
  accountOptionsShape,
  parseAccount,
  type WechatAccount,
  type WechatAccountOptions,
} from '../wechat-api/account.js'
import { createClient, type WechatClient } from '../wechat-api/client.js'
import { fetchAccessToken, fetchJsapiTicket, type TokenMode } from '../wechat-api/credentials.js'
import { callAnyApi, type WechatRequestOptions } from '../wechat-api/request.js'
import { accessTokenPolicy, jsapiTicketPolicy } from './credential-policy.js'
import {
  createSharedCredential,
  type LentCredential,
  type SharedCredentialContext,
} from './shared-credential.js'
import { memoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStore } from './stores/token-store.js'
import {
  type CredentialName,
  createTokenEvents,
  type TokenEventListener,
  type TokenEventName,
} from './token-events.js'

export interface TokenManagerOptions extends WechatAccountOptions {
  /**
   * `stable` hands out the current token as long as it lives; `legacy` is for accounts that share their token
   * with older software, and needs a shared store as soon as there is more than one process: in production
   * (NODE_ENV) a store that is not shared is warned of.
   * @default the environment's WECHAT_TOKEN_MODE, else 'stable'
   */
  tokenMode?: TokenMode | undefined
  /** Where processes meet. @default a {@link memoryTokenStore}, for one process */
  store?: TokenStore | undefined
  /**
   * Part of the store's keys, so that development and production never share a token.
   * @default the environment's NODE_ENV, else 'development'
   */
  environment?: string | undefined
  /** For tests. @default the system's */
  clock?: Clock | undefined
}

/** The `access_token` and `jsapi_ticket` of one account, for all middlewares and for handlers of your own. */
export interface TokenManager {
  readonly appId: string
  /**
   * A token that is good now. Nobody waits while one is: it is refreshed ahead, in the background.
   * @throws {WechatError} where none can be had
   */
  getAccessToken(options?: { signal?: AbortSignal }): Promise<string>
  /** @throws {WechatError} where none can be had */
  getJsapiTicket(options?: { signal?: AbortSignal }): Promise<string>
  /** Reports a token or ticket that WeChat called invalid (40001, 40014, 42001). Removes it only if it is still the current one. */
  invalidate(token: string): Promise<void>
  /**
   * Calls any API of WeChat with the token filled in, and once more with a new one where WeChat calls it dead.
   *
   * @example
   * const tags = await tokenManager.request('/cgi-bin/tags/get')
   *
   * @throws {WechatApiError} where WeChat refuses, {@link WechatUpstreamError} where it does not answer properly
   */
  request(path: string, options?: WechatRequestOptions): Promise<Record<string, unknown>>
  on<Name extends TokenEventName>(event: Name, listener: TokenEventListener<Name>): TokenManager
  off<Name extends TokenEventName>(event: Name, listener: TokenEventListener<Name>): TokenManager
  /** Stops refreshing, gives leases back and closes connections, within five seconds. */
  close(): Promise<void>
  /** What the middlewares need of the account; not for applications. */
  readonly [internals]: TokenManagerInternals
}

export interface TokenManagerInternals {
  readonly account: WechatAccount
  readonly client: WechatClient
  readonly store: TokenStore
  /** Before the keys of what this account puts into the store. */
  readonly keyPrefix: string
  readonly clock: Clock
  readonly events: ReturnType<typeof createTokenEvents>
  /** Runs a call that carries the token; a dead token is replaced once, and the call repeated once. */
  withAccessToken<Result>(
    call: (accessToken: string) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>
  lend(credential: CredentialName): Promise<LentCredential>
}

export const internals = Symbol('express-wechat internals')

const CLOSE_WITHIN_MS = 5_000

const optionsSchema = z.strictObject({
  appId: accountOptionsShape.appId.optional(),
  appSecret: accountOptionsShape.appSecret.optional(),
  apiBaseUrl: accountOptionsShape.apiBaseUrl.optional(),
  openBaseUrl: accountOptionsShape.openBaseUrl.optional(),
  timeoutMs: accountOptionsShape.timeoutMs.optional(),
  tokenMode: z.enum(['stable', 'legacy'], 'must be "stable" or "legacy"').optional(),
  store: z.custom<TokenStore>(isTokenStore, 'must be a token store, such as memoryTokenStore()').optional(),
  environment: z
    .string()
    .regex(/^[\w-]{1,32}$/, 'must be a short name of letters, digits, "_" and "-"')
    .optional(),
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').optional(),
})

/**
 * The one place from which an app gets its tokens. It fetches nothing before the first request needs it.
 *
 * @example
 * const tokenManager = createTokenManager() // WECHAT_APP_ID and WECHAT_APP_SECRET
 *
 * @throws {WechatConfigError} naming the option, or the variable that is missing
 */
export function createTokenManager(options: TokenManagerOptions = {}): TokenManager {
  const parsed = parseOptions('createTokenManager', optionsSchema, options)
  const environment = process.env
  const account = parseAccount('createTokenManager', parsed, environment)
  const mode = parsed.tokenMode ?? parseTokenMode(environment.WECHAT_TOKEN_MODE)
  const clock = parsed.clock ?? systemClock
  const store = parsed.store ?? memoryTokenStore({ clock })
  if (mode === 'legacy' && !store.isShared && environment.NODE_ENV === 'production') warnOfLoneLegacy(account)
  const keyPrefix = `wechat:${parsed.environment ?? environmentName(environment)}:${account.appId}`
  const events = createTokenEvents()
  const client = createClient(account)
  const lifetime = new AbortController()
  const context: SharedCredentialContext = {
    appId: account.appId,
    store,
    clock,
    events,
    lifetime: lifetime.signal,
  }

  // Braces keep the keys of one slot on one node of a Redis Cluster.
  const slotOf = (kind: string) => `{${keyPrefix}}:${kind}:${mode}`
  const accessToken = createSharedCredential(
    accessTokenPolicy(slotOf('access'), mode, account.timeoutMs, signal =>
      fetchAccessToken(client, mode, signal),
    ),
    context,
  )
  const jsapiTicket = createSharedCredential(
    jsapiTicketPolicy(slotOf('jsapi'), account.timeoutMs, signal =>
      withAccessToken(token => fetchJsapiTicket(client, token, signal), signal),
    ),
    context,
  )

  async function withAccessToken<Result>(
    call: (accessToken: string) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const token = await accessToken.get(signal)
    try {
      return await call(token)
    } catch (error) {
      if (!isDeadTokenError(error)) throw error
      await accessToken.invalidate(token)
      return call(await accessToken.get(signal))
    }
  }

  const parts: TokenManagerInternals = {
    account,
    client,
    store,
    keyPrefix,
    clock,
    events,
    withAccessToken,
    lend: credential => (credential === 'access_token' ? accessToken : jsapiTicket).lend(),
  }
  const methods: Omit<TokenManager, typeof internals> = {
    appId: account.appId,
    getAccessToken: ({ signal } = {}) => accessToken.get(signal),
    getJsapiTicket: ({ signal } = {}) => jsapiTicket.get(signal),
    async invalidate(token) {
      await Promise.all([accessToken.invalidate(token), jsapiTicket.invalidate(token)])
    },
    request: (path, requestOptions = {}) =>
      withAccessToken(token => callAnyApi(client, token, path, requestOptions), requestOptions.signal),
    on(event, listener) {
      events.on(event, listener)
      return manager
    },
    off(event, listener) {
      events.off(event, listener)
      return manager
    },
    async close() {
      lifetime.abort()
      const settled = new AbortController()
      await Promise.race([
        Promise.all([accessToken.settled(), jsapiTicket.settled()]),
        clock.sleep(CLOSE_WITHIN_MS, settled.signal).catch(() => {}),
      ])
      settled.abort()
      client.close()
    },
  }
  // A getter that is not enumerable: neither inspecting nor copying a manager shows anything of it.
  const manager = Object.defineProperty(methods, internals, { get: () => parts }) as TokenManager
  return manager
}

/** For option schemas. */
export function isTokenManager(value: unknown): value is TokenManager {
  return typeof value === 'object' && value !== null && internals in value
}

function isTokenStore(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'acquire' in value && 'claim' in value
}

function parseTokenMode(text: string | undefined): TokenMode {
  if (text === undefined || text === '') return 'stable'
  if (text === 'stable' || text === 'legacy') return text
  throw new WechatConfigError(`createTokenManager: WECHAT_TOKEN_MODE must be "stable" or "legacy"`)
}

/** Processes that do not see each other kill each other's legacy token with each refresh, and nothing else tells. */
function warnOfLoneLegacy({ appId }: WechatAccount): void {
  process.emitWarning(
    `createTokenManager: tokenMode "legacy" of ${appId} has a store that other processes do not share. ` +
      'Pass store: redisTokenStore(client), unless this process is the only one',
    { type: 'ExpressWechatWarning', code: 'EXPRESS_WECHAT_LEGACY_STORE' },
  )
}

function environmentName({ NODE_ENV }: NodeJS.ProcessEnv): string {
  // Whatever stands there, a key's parts stay apart.
  return NODE_ENV?.replace(/[^\w-]/g, '-') || 'development'
}
