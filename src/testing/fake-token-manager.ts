import { z } from 'zod'
import { assembleTokenManager } from '../tokens/assemble-token-manager.js'
import { createMemoryTokenStore } from '../tokens/stores/memory-token-store.js'
import type { TokenManager } from '../tokens/token-manager-types.js'
import { type Clock, isClock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import { Secret } from '../util/secret.js'
import type { WechatAccount } from '../wechat-api/account.js'
import { createClient } from '../wechat-api/client.js'
import { createWechatNetwork } from '../wechat-api/network/wechat-network.js'
import { connectToUpstream, type FakeWechatAnswer, type FakeWechatCall } from './scripted-upstream.js'

/** A medium that the fake WeChat has. */
export interface FakeMedia {
  /** The type that WeChat declares, such as `image/jpeg`. `body` has to begin with the bytes of that type. */
  contentType: string
  body: Uint8Array
}

/** The options of {@link createFakeTokenManager}. */
export interface FakeTokenManagerOptions {
  /** The account's AppID. @default 'wxfake0000000000' */
  appId?: string | undefined
  /** The access tokens, in order: one reported dead is replaced by the next. The last one stays. @default ['fake-access-token'] */
  accessTokens?: readonly string[] | undefined
  /** The tickets, replaced like `accessTokens`. @default ['fake-jsapi-ticket'] */
  jsapiTickets?: readonly string[] | undefined
  /** The media by their `media_id`. Any other id is refused with 40007, as by WeChat. @default {} */
  media?: Readonly<Record<string, FakeMedia>> | undefined
  /**
   * What WeChat answers, by endpoint: `{ '/cgi-bin/user/info': { subscribe: 1, openid: 'o1' } }`. A function is called
   * for each call. An answer replaces the ordinary one of the endpoint.
   * @default {}
   */
  answers?: Readonly<Record<string, FakeAnswer>> | undefined
  /**
   * The endpoints that fail: with an errcode of WeChat, such as 40001, or by a broken connection.
   * @default {}
   */
  errors?: Readonly<Record<string, number | 'unreachable'>> | undefined
  /** The clock by which tokens expire. @default the system's clock */
  clock?: Clock | undefined
}

/** WeChat's JSON, or a function that makes it. */
export type FakeAnswer = object | ((call: FakeWechatCall) => object)

export interface FakeTokenManager extends TokenManager {
  /** All calls to WeChat so far, the oldest first. */
  readonly calls: readonly FakeWechatCall[]
}

const texts = (what: string) =>
  z
    .array(z.string().regex(/^[\x21-\x7e]+$/), `must be a list of ${what}`)
    .min(1, `must hold one ${what} or more`)

const optionsSchema = z.strictObject({
  appId: z
    .string('must be an AppID, which begins with "wx"')
    .regex(
      /^wx(?!sim)[A-Za-z0-9_-]{1,62}$/,
      'must be an AppID, which begins with "wx"; "wxsim" is for the simulator',
    )
    .default('wxfake0000000000'),
  accessTokens: texts('access tokens').default(['fake-access-token']),
  jsapiTickets: texts('tickets').default(['fake-jsapi-ticket']),
  media: z
    .record(
      z.string(),
      z.object({ contentType: z.string(), body: z.instanceof(Uint8Array, { error: 'must be bytes' }) }),
    )
    .default({}),
  answers: z
    .record(
      z.string().startsWith('/', 'must have paths such as "/cgi-bin/user/info" as its names'),
      z.custom<FakeAnswer>(
        value => (typeof value === 'object' && value !== null) || typeof value === 'function',
        'must hold objects, or functions that return one',
      ),
    )
    .default({}),
  errors: z
    .record(
      z.string().startsWith('/', 'must have paths such as "/cgi-bin/user/info" as its names'),
      z.union([z.number(), z.literal('unreachable')], 'must hold errcodes, or "unreachable"'),
    )
    .default({}),
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').default(systemClock),
})

type Script = z.output<typeof optionsSchema>

/**
 * Makes a token manager for tests that calls no network: WeChat's answers are scripted. It works in every handler of
 * this package.
 *
 * @example
 * const tokenManager = createFakeTokenManager({ media: { 'media-1': { contentType: 'image/jpeg', body: photo } } })
 * app.get('/media', mediaProxyHandler({ tokenManager }))
 *
 * @throws {WechatConfigError} naming the option
 */
export function createFakeTokenManager(options: FakeTokenManagerOptions = {}): FakeTokenManager {
  const script = parseOptions('createFakeTokenManager', optionsSchema, options)
  const calls: FakeWechatCall[] = []
  const answer = createAnswers(script)
  const account = fakeAccount(script.appId)
  const directAgents = connectToUpstream(call => {
    calls.push(call)
    return answer(call)
  })
  const manager = assembleTokenManager({
    client: createClient(account, createWechatNetwork(account, { directAgents })),
    environment: 'test',
    // The fake has a store of its own, so each report of a dead token is followed by one fetch, which gets the next
    // token.
    tokenMode: 'stable',
    store: createMemoryTokenStore({ clock: script.clock }),
    clock: script.clock,
  })
  return { ...manager, calls }
}

function fakeAccount(appId: string): WechatAccount {
  return {
    appId,
    appSecret: new Secret('fake-app-secret'),
    // No connection is made to this address, because the agents answer in this process.
    apiBaseUrl: 'http://127.0.0.1',
    apiBaseUrls: ['http://127.0.0.1'],
    proxy: undefined,
    family: undefined,
    openBaseUrl: 'https://open.weixin.qq.com',
    timeoutMs: 10_000,
    isSimulated: false,
  }
}

function createAnswers(script: Script): (call: FakeWechatCall) => FakeWechatAnswer {
  const { answers, errors, media } = script
  const nextToken = oneAfterAnother(script.accessTokens)
  const nextTicket = oneAfterAnother(script.jsapiTickets)

  function ordinaryAnswer({ endpoint, query }: FakeWechatCall): FakeWechatAnswer {
    switch (endpoint) {
      case '/cgi-bin/stable_token':
        return { json: { access_token: nextToken(), expires_in: 7200 } }
      case '/cgi-bin/ticket/getticket':
        return { json: { errcode: 0, errmsg: 'ok', ticket: nextTicket(), expires_in: 7200 } }
      case '/cgi-bin/media/get':
      case '/cgi-bin/media/get/jssdk':
        return media[query.media_id ?? ''] ?? refusal(40007)
      case '/sns/oauth2/access_token':
      case '/sns/oauth2/refresh_token':
        return { json: { ...FAKE_GRANT, expires_in: 7200 } }
      case '/sns/userinfo':
        return { json: { openid: query.openid, nickname: '测试用户' } }
      case '/cgi-bin/user/info':
        return { json: { subscribe: 1, openid: query.openid } }
      default:
        return { json: { errcode: 0, errmsg: 'ok' } }
    }
  }

  return call => {
    const error = errors[call.endpoint]
    if (error === 'unreachable') return { disconnect: true }
    if (error !== undefined) return refusal(error)
    const scripted = answers[call.endpoint]
    if (!scripted) return ordinaryAnswer(call)
    return { json: typeof scripted === 'function' ? scripted(call) : scripted }
  }
}

/** What the fake answers for every login code: always the same person. */
const FAKE_GRANT = {
  access_token: 'fake-user-token',
  refresh_token: 'fake-refresh-token',
  openid: 'fake-openid',
  scope: 'snsapi_userinfo',
}

function refusal(errcode: number): FakeWechatAnswer {
  return { json: { errcode, errmsg: 'scripted by createFakeTokenManager' } }
}

function oneAfterAnother(values: readonly string[]): () => string | undefined {
  let index = 0
  return () => values[Math.min(index++, values.length - 1)]
}
