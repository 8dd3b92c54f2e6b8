import { z } from 'zod'
import { optionError } from '../errors/create-error.js'
import { type Clock, isClock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import { accountOptionsShape, parseAccount } from '../wechat-api/account.js'
import { createClient, type WechatClient } from '../wechat-api/client.js'
import { fetchAccessToken, fetchJsapiTicket, type TokenMode } from '../wechat-api/credentials.js'
import { callAnyApi } from '../wechat-api/request.js'
import { createContext, isTokenManager, withAccessToken } from './context.js'
import { type CredentialCacheOptions, createCredentialCache } from './credential-cache.js'
import { accessTokenPolicy, jsapiTicketPolicy } from './credential-policy.js'
import { createMemoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStore } from './stores/token-store.js'
import { createTokenEvents } from './token-events.js'
import type { TokenManager, TokenManagerOptions } from './token-manager-types.js'

export type { TokenManager, TokenManagerOptions, WechatContext } from './token-manager-types.js'

const CLOSE_WITHIN_MS = 5_000

const optionsSchema = z.strictObject({
  appId: accountOptionsShape.appId.optional(),
  appSecret: accountOptionsShape.appSecret.optional(),
  apiBaseUrl: accountOptionsShape.apiBaseUrl.optional(),
  openBaseUrl: accountOptionsShape.openBaseUrl.optional(),
  timeoutMs: accountOptionsShape.timeoutMs.optional(),
  tokenMode: z.enum(['stable', 'legacy'], 'must be "stable" or "legacy"').optional(),
  store: z
    .custom<TokenStore>(isTokenStore, 'must be a token store, such as createMemoryTokenStore()')
    .optional(),
  environment: z
    .string()
    .regex(/^[\w-]{1,32}$/, 'must be a short name of letters, digits, "_" and "-"')
    .optional(),
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').optional(),
})

/**
 * Makes the one place from which an app gets its tokens. Nothing is fetched before the first request needs it.
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
  const tokenMode = parsed.tokenMode ?? parseTokenMode(environment.WECHAT_TOKEN_MODE)
  const clock = parsed.clock ?? systemClock
  const store = parsed.store ?? createMemoryTokenStore({ clock })
  if (tokenMode === 'legacy' && !store.isShared && environment.NODE_ENV === 'production') {
    warnAboutUnsharedLegacyStore(account.appId)
  }
  return assembleTokenManager({
    client: createClient(account),
    environment: parsed.environment ?? environmentName(environment),
    tokenMode,
    store,
    clock,
  })
}

export interface TokenManagerParts {
  client: WechatClient
  environment: string
  tokenMode: TokenMode
  store: TokenStore
  clock: Clock
}

/** Makes a token manager over a client that calls WeChat, or a scripted upstream. */
export function assembleTokenManager(parts: TokenManagerParts): TokenManager {
  const { client, environment, tokenMode, store, clock } = parts
  const { account } = client
  const { appId } = account
  const keyPrefix = `wechat:${environment}:${appId}`
  const events = createTokenEvents()
  const lifetime = new AbortController()
  const shared: CredentialCacheOptions = { appId, store, clock, events, lifetime: lifetime.signal }

  // Braces keep the keys of one slot on one node of a Redis Cluster.
  const slotOf = (kind: string) => `{${keyPrefix}}:${kind}:${tokenMode}`
  const accessToken = createCredentialCache(
    accessTokenPolicy(slotOf('access'), tokenMode, account.timeoutMs, signal =>
      fetchAccessToken(client, tokenMode, signal),
    ),
    shared,
  )
  const jsapiTicket = createCredentialCache(
    jsapiTicketPolicy(slotOf('jsapi'), account.timeoutMs, signal =>
      withAccessToken(manager, token => fetchJsapiTicket(client, token, signal), signal),
    ),
    shared,
  )

  const manager: TokenManager = {
    appId,
    context: createContext({
      account,
      client,
      store,
      keyPrefix,
      clock,
      events,
      remainingMs: (credential, value) =>
        (credential === 'access_token' ? accessToken : jsapiTicket).remainingMs(value),
    }),
    getAccessToken: ({ signal } = {}) => accessToken.get(signal),
    getJsapiTicket: ({ signal } = {}) => jsapiTicket.get(signal),
    async invalidate(token) {
      await Promise.all([accessToken.invalidate(token), jsapiTicket.invalidate(token)])
    },
    request(path, options = {}) {
      // A copy with a replaced getAccessToken calls with its own token; a method that was taken off has no copy.
      const caller = isTokenManager(this) ? this : manager
      return withAccessToken(caller, token => callAnyApi(client, token, path, options), options.signal)
    },
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
  return manager
}

let defaultManager: TokenManager | undefined

/**
 * The manager that factories share if none is given to them, made from the environment when the first of them needs
 * it.
 * @throws {WechatConfigError} naming the variable that is missing
 */
export function defaultTokenManager(): TokenManager {
  defaultManager ??= createTokenManager()
  return defaultManager
}

/** The default manager if it was made already. */
export function existingDefaultTokenManager(): TokenManager | undefined {
  return defaultManager
}

function isTokenStore(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'acquire' in value && 'claim' in value
}

function parseTokenMode(text: string | undefined): TokenMode {
  if (text === undefined || text === '') return 'stable'
  if (text === 'stable' || text === 'legacy') return text
  throw optionError('createTokenManager', 'WECHAT_TOKEN_MODE', 'must be "stable" or "legacy"')
}

/**
 * In legacy mode, processes without a shared store invalidate each other's token on every refresh. Nothing else
 * reports this.
 */
function warnAboutUnsharedLegacyStore(appId: string): void {
  process.emitWarning(
    `createTokenManager: tokenMode "legacy" of ${appId} has a store that other processes do not share. ` +
      'Pass store: createRedisTokenStore(client), unless this process is the only one',
    { type: 'ExpressWechatWarning', code: 'EXPRESS_WECHAT_LEGACY_STORE' },
  )
}

function environmentName({ NODE_ENV }: NodeJS.ProcessEnv): string {
  // Characters that separate the parts of a key are replaced.
  return NODE_ENV?.replace(/[^\w-]/g, '-') || 'development'
}
