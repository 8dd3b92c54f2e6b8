import type { Clock } from '../util/clock.js'
import type { WechatClient } from '../wechat-api/client.js'
import {
  type Credential,
  fetchAccessToken,
  fetchJsapiTicket,
  type TokenMode,
} from '../wechat-api/credentials.js'
import { callAnyApi } from '../wechat-api/request.js'
import { createContext, isTokenManager, withAccessToken } from './context.js'
import { type CredentialCacheOptions, createCredentialCache } from './credential-cache.js'
import { accessTokenPolicy, jsapiTicketPolicy } from './credential-policy.js'
import type { TokenSource } from './source/token-source-types.js'
import { traceStore } from './stores/debug-store.js'
import { createStoreFailureReporter } from './stores/store-failure-reporter.js'
import type { TokenStore } from './stores/token-store.js'
import { createTokenEvents } from './token-events.js'
import type { TokenManager } from './token-manager-types.js'

export interface TokenManagerParts {
  client: WechatClient
  environment: string
  tokenMode: TokenMode
  store: TokenStore
  clock: Clock
  /** The token source from which credentials are fetched instead of from WeChat. */
  source?: TokenSource
}

const CLOSE_WITHIN_MS = 5_000
/**
 * A token source has five seconds to answer. The whole fetch gets one second more, so that the source's own error is
 * the one that is reported.
 */
const SOURCE_TIMEOUT_MS = 6_000
/**
 * The rules for the tickets of a gateway, which checks them with WeChat and gives them a TTL of at most ten minutes: a
 * ticket is refreshed in the last quarter of its TTL, and served meanwhile.
 */
const VERIFIED_TICKET_POLICY = { refreshBeforeRatio: 1 / 4, staleBelowRatio: 0 }

/** Makes a token manager from its parts. Its client calls WeChat, or in tests a scripted upstream. */
export function assembleTokenManager(parts: TokenManagerParts): TokenManager {
  const { client, environment, clock, source } = parts
  const store = traceStore(parts.store)
  // A token source decides itself when it replaces a token. Fetching from it invalidates none, unlike in legacy mode.
  const tokenMode = source ? 'stable' : parts.tokenMode
  const { account } = client
  const { appId } = account
  const keyPrefix = `wechat:${environment}:${appId}`
  const events = createTokenEvents()
  const reportStoreFailure = createStoreFailureReporter(appId, events)
  const lifetime = new AbortController()
  const shared: CredentialCacheOptions = {
    appId,
    store,
    clock,
    events,
    reportStoreFailure,
    lifetime: lifetime.signal,
  }

  const fetchTimeoutMs = source ? Math.max(account.timeoutMs, SOURCE_TIMEOUT_MS) : account.timeoutMs
  // Redis Cluster places keys by the text in their braces, so all keys of one slot are on one node.
  const getSlot = (kind: string) => `{${keyPrefix}}:${kind}:${source ? 'source' : tokenMode}`
  const accessToken = createCredentialCache(
    accessTokenPolicy(getSlot('access'), tokenMode, fetchTimeoutMs, signal =>
      source ? source.fetchAccessToken(signal) : fetchAccessToken(client, tokenMode, signal),
    ),
    shared,
  )
  const jsapiTicket = createCredentialCache(
    {
      ...jsapiTicketPolicy(getSlot('jsapi'), fetchTimeoutMs, fetchTicket),
      ...(source?.verifiesTickets && VERIFIED_TICKET_POLICY),
    },
    shared,
  )

  async function fetchTicket(signal: AbortSignal): Promise<Credential> {
    const sourced = await source?.fetchJsapiTicket(signal)
    return sourced ?? withAccessToken(manager, token => fetchJsapiTicket(client, token, signal), signal)
  }

  /**
   * Tells the token source which credential WeChat refused. The caches drop the credential after that, so that the next
   * fetch gets another one.
   */
  async function reportToSource(value: string): Promise<void> {
    if (accessToken.remainingMs(value) > 0) await source?.reportDead('access_token', value)
    else if (jsapiTicket.remainingMs(value) > 0) await source?.reportDead('jsapi_ticket', value)
  }

  const manager: TokenManager = {
    appId,
    context: createContext({
      account,
      client,
      store,
      keyPrefix,
      clock,
      reportStoreFailure,
      remainingMs: (credential, value) =>
        (credential === 'access_token' ? accessToken : jsapiTicket).remainingMs(value),
    }),
    getAccessToken: ({ signal } = {}) => accessToken.get(signal),
    getJsapiTicket: ({ signal } = {}) => jsapiTicket.get(signal),
    async invalidate(token) {
      await reportToSource(token)
      await Promise.all([accessToken.invalidate(token), jsapiTicket.invalidate(token)])
    },
    request(path, options = {}) {
      // A copy of this manager with a replaced getAccessToken calls WeChat with its own token. If request() was called
      // without an object, this manager's token is used.
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
