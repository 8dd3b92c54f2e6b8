import { z } from 'zod'
import { WechatApiError, WechatError } from '../../errors/errors.js'
import { createGatewayTokenSource } from '../../tokens/source/token-source-gateway.js'
import { type ParsedTokenSourceGateway, parseTokenSource } from '../../tokens/source/token-source-options.js'
import { parseAccount, type WechatAccount } from '../../wechat-api/account.js'
import { fetchAccessToken, HARMLESS_ENDPOINT, type TokenMode } from '../../wechat-api/credentials.js'
import { createWechatNetwork, type WechatNetwork } from '../../wechat-api/network/wechat-network.js'
import type { DoctorOptions } from './command-line.js'
import { type RedisFacts, readRedis } from './redis-facts.js'
import { type AppVisit, visitApp } from './site/app-visit.js'
import { createSiteVisitor, type SiteVisitor } from './site/site-visitor.js'
import type { Texts } from './texts/en.js'
import { createWechatCalls, type WechatCalls } from './wechat-calls.js'

export type TokenAnswer =
  | { kind: 'token'; accessToken: string; expiresInSeconds: number; isFromSource: boolean }
  | { kind: 'refused'; error: WechatApiError }
  | { kind: 'failed'; detail: string }
  /** No call was made: AppID or AppSecret is missing or has a wrong form. */
  | { kind: 'none' }

export interface ExaminationInput {
  environment: NodeJS.ProcessEnv
  options: DoctorOptions
  texts: Texts
  /** The wall clock. @default Date.now */
  now?: (() => number) | undefined
}

/** What the checks share. Each request is made once, for the first check that needs its answer. */
export interface Examination {
  readonly environment: NodeJS.ProcessEnv
  readonly options: DoctorOptions
  readonly texts: Texts
  /** The account of the environment, or the message that says which variable is wrong. */
  readonly account: WechatAccount | string
  readonly tokenMode: TokenMode
  /** Whether legacy mode may fetch a new token. */
  readonly refreshesLegacyToken: boolean
  readonly wechat: WechatCalls | undefined
  readonly site: SiteVisitor
  token(): Promise<TokenAnswer>
  /** WeChat's refusal of an ordinary call; undefined if it was accepted, or if there is no token to make it with. */
  ordinaryRefusal(): Promise<WechatApiError | undefined>
  /** The visit of the running app; undefined without `--url`. */
  app(): Promise<AppVisit | undefined>
  redis(): Promise<RedisFacts>
  /** The secrets of the environment, and the tokens, which are removed from the output. */
  readonly secrets: readonly string[]
  close(): void
}

const FACTORY = 'doctor'

export function createExamination({
  environment,
  options,
  texts,
  now = Date.now,
}: ExaminationInput): Examination {
  const account = readAccount(environment)
  const network = typeof account === 'string' ? undefined : createWechatNetwork(account, { environment })
  const wechat =
    typeof account === 'string' || !network ? undefined : createWechatCalls(account, network, now)
  const source = readTokenSource(environment)
  const tokenMode = environment.WECHAT_TOKEN_MODE === 'legacy' ? 'legacy' : 'stable'
  const refreshesLegacyToken = tokenMode === 'legacy' && options.allowTokenRefresh === true
  const site = createSiteVisitor(environment)
  const secrets = readSecrets(environment)

  /** Fetches the token from the token source, which takes precedence over the AppSecret, as it does in the app. */
  async function fetchTokenFromSource(
    from: ParsedTokenSourceGateway,
    via: WechatNetwork,
  ): Promise<TokenAnswer> {
    try {
      const { signal } = new AbortController()
      const { value, expiresInSeconds } = await createGatewayTokenSource(from, via).fetchAccessToken(signal)
      secrets.push(value)
      return { kind: 'token', accessToken: value, expiresInSeconds, isFromSource: true }
    } catch (error) {
      return { kind: 'failed', detail: describeFailure(error) }
    }
  }

  async function fetchToken(): Promise<TokenAnswer> {
    if (source && network) return fetchTokenFromSource(source, network)
    if (!wechat || typeof account === 'string' || !account.appSecret) return { kind: 'none' }
    // WeChat keeps the tokens of the two endpoints apart, so stable_token ends no token of the other.
    const mode = refreshesLegacyToken ? 'legacy' : 'stable'
    try {
      const { call } = wechat
      const { value, expiresInSeconds } = await fetchAccessToken({ account, call }, mode)
      secrets.push(value)
      return { kind: 'token', accessToken: value, expiresInSeconds, isFromSource: false }
    } catch (error) {
      if (error instanceof WechatApiError) return { kind: 'refused', error }
      return { kind: 'failed', detail: describeFailure(error) }
    }
  }

  const token = once(fetchToken)

  async function callOrdinarily(): Promise<WechatApiError | undefined> {
    const answer = await token()
    if (answer.kind !== 'token') return undefined
    try {
      await wechat?.call({
        endpoint: HARMLESS_ENDPOINT,
        query: { access_token: answer.accessToken },
        secrets: [answer.accessToken],
        answer: z.looseObject({}),
      })
      return undefined
    } catch (error) {
      if (error instanceof WechatApiError) return error
      throw error
    }
  }

  return {
    environment,
    options,
    texts,
    account,
    tokenMode,
    refreshesLegacyToken,
    wechat,
    site,
    secrets,
    token,
    ordinaryRefusal: once(callOrdinarily),
    app: once(async () => visitApp({ environment, options, account, site })),
    redis: once(() => readRedis(environment.REDIS_URL)),
    close() {
      network?.close()
      site.close()
    },
  }
}

/** Returns the message of a `WechatError`, which has no secrets; `unknown` for any other error. */
export function describeFailure(error: unknown): string {
  return error instanceof WechatError ? error.message : 'unknown'
}

function readAccount(environment: NodeJS.ProcessEnv): WechatAccount | string {
  try {
    return parseAccount(FACTORY, {}, environment, !environment.WECHAT_TOKEN_SOURCE_URL)
  } catch (error) {
    return describeFailure(error)
  }
}

/** The token source; undefined if none is set, or if its variables are wrong, which another check reports. */
function readTokenSource(environment: NodeJS.ProcessEnv): ParsedTokenSourceGateway | undefined {
  try {
    const source = parseTokenSource(FACTORY, undefined, environment)
    return typeof source === 'object' ? source : undefined
  } catch {
    return undefined
  }
}

function once<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let answer: Promise<Result> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

const SECRET_VARIABLES = ['WECHAT_APP_SECRET', 'WECHAT_TOKEN_SOURCE_KEY', 'SESSION_SECRET']
const URL_VARIABLES = [
  'REDIS_URL',
  'WECHAT_PROXY_URL',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'https_proxy',
  'http_proxy',
]

/** Values with fewer characters stay in the output: they can be a part of any word, and are no real secrets. */
const MIN_SECRET_LENGTH = 6

function readSecrets(environment: NodeJS.ProcessEnv): string[] {
  const passwords = URL_VARIABLES.map(name => URL.parse(environment[name] ?? '')?.password)
  return [...SECRET_VARIABLES.map(name => environment[name]), ...passwords].filter(
    (text): text is string => text !== undefined && text.length >= MIN_SECRET_LENGTH,
  )
}
