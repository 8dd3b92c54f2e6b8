import { z } from 'zod'
import { optionError } from '../errors/create-error.js'
import { warn } from '../errors/warn.js'
import { type Clock, isClock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import { accountOptionsShape, parseAccount } from '../wechat-api/account.js'
import { createClient } from '../wechat-api/client.js'
import type { TokenMode } from '../wechat-api/credentials.js'
import { assembleTokenManager } from './assemble-token-manager.js'
import { createTokenSource } from './source/token-source.js'
import { parseTokenSource } from './source/token-source-options.js'
import { createMemoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStore } from './stores/token-store.js'
import type { TokenManager, TokenManagerOptions } from './token-manager-types.js'

export type { TokenManager, TokenManagerOptions, WechatContext } from './token-manager-types.js'

const optionsSchema = z.strictObject({
  appId: accountOptionsShape.appId.optional(),
  appSecret: accountOptionsShape.appSecret.optional(),
  apiBaseUrl: accountOptionsShape.apiBaseUrl.optional(),
  allowInsecureApiBaseUrl: accountOptionsShape.allowInsecureApiBaseUrl.optional(),
  proxyUrl: accountOptionsShape.proxyUrl,
  family: accountOptionsShape.family,
  openBaseUrl: accountOptionsShape.openBaseUrl.optional(),
  timeoutMs: accountOptionsShape.timeoutMs.optional(),
  tokenMode: z.enum(['stable', 'legacy'], 'must be "stable" or "legacy"').optional(),
  tokenSource: z.unknown().optional(),
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
 * Makes the token manager from which an app gets its tokens. It fetches nothing before the first call needs a token.
 *
 * @example
 * const tokenManager = createTokenManager() // WECHAT_APP_ID and WECHAT_APP_SECRET
 *
 * @throws {WechatConfigError} naming the wrong option, or the missing variable
 */
export function createTokenManager(options: TokenManagerOptions = {}): TokenManager {
  const parsed = parseOptions('createTokenManager', optionsSchema, options)
  const environment = process.env
  const tokenSource = parseTokenSource('createTokenManager', parsed.tokenSource, environment)
  const account = parseAccount('createTokenManager', parsed, environment, tokenSource === undefined)
  const tokenMode = parsed.tokenMode ?? parseTokenMode(environment.WECHAT_TOKEN_MODE)
  const clock = parsed.clock ?? systemClock
  const store = parsed.store ?? createMemoryTokenStore({ clock })
  if (tokenMode === 'legacy' && !tokenSource && !store.isShared && environment.NODE_ENV === 'production') {
    warnAboutUnsharedLegacyStore(account.appId)
  }
  const client = createClient(account)
  return assembleTokenManager({
    client,
    environment: parsed.environment ?? environmentName(environment),
    tokenMode,
    store,
    clock,
    ...(tokenSource && { source: createTokenSource(tokenSource, client.network) }),
  })
}

let defaultManager: TokenManager | undefined

/**
 * The manager that factories share if none is given to them, made from the environment when it is first needed.
 * @throws {WechatConfigError} naming the variable that is missing
 */
export function defaultTokenManager(): TokenManager {
  defaultManager ??= createTokenManager()
  return defaultManager
}

/** The default manager if it was made already, else undefined. */
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
 * Warns that, in legacy mode, processes without a shared store invalidate each other's token on every refresh. No event
 * or error reports this.
 */
function warnAboutUnsharedLegacyStore(appId: string): void {
  warn(
    'legacy_store',
    `createTokenManager: tokenMode "legacy" of ${appId} has a store that other processes do not share. ` +
      'Pass store: createRedisTokenStore(client), unless this process is the only one',
  )
}

function environmentName({ NODE_ENV }: NodeJS.ProcessEnv): string {
  // The name is a part of the store's keys, so characters such as ":" that separate their parts become "-".
  return NODE_ENV?.replace(/[^\w-]/g, '-') || 'development'
}
