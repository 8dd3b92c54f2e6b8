// @express 5 alone: the subject is the deadlines of calls, which are made here without an app, a request or an answer.
import { request } from 'node:http'
import { type SessionData, Store } from 'express-session'
import { boundedSessionStore } from 'express-wechat'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createGatewayClient } from '../../src/login/gateway/gateway-client.ts'
import { createTokenSource } from '../../src/tokens/source/token-source.ts'
import { createCircuitBreaker } from '../../src/util/circuit-breaker.ts'
import { systemClock } from '../../src/util/clock.ts'
import { Secret } from '../../src/util/secret.ts'
import { parseAccount } from '../../src/wechat-api/account.ts'
import { createClient } from '../../src/wechat-api/client.ts'
import { forwardCall } from '../../src/wechat-api/forward.ts'
import { openMedia } from '../../src/wechat-api/media/media.ts'
import { createOutgoingNetwork } from '../../src/wechat-api/network/outgoing-network.ts'
import { startDelayedAnswer } from '../support/delayed-answer.ts'

const LIMIT_MS = 400
const LOGIN = {
  openid: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
  scope: 'snsapi_base',
  isSnapshotUser: false,
  loggedInAt: '2026-01-01T00:00:00.000Z',
}

interface Case {
  name: string
  /** @default 400 */
  limitMs?: number
  /** What the answer is read with; it fails if the deadline takes effect. */
  ask(url: string): Promise<unknown>
  body?: string | Buffer
  contentType?: string
}

function clientOf(apiBaseUrl: string) {
  const client = createClient(
    parseAccount(
      'test',
      { appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-tests', apiBaseUrl, timeoutMs: LIMIT_MS },
      {},
    ),
  )
  onTestFinished(client.close)
  return client
}

function networkOf(url: string) {
  const network = createOutgoingNetwork({
    proxy: undefined,
    environment: {},
    family: undefined,
    privateOrigins: [url],
    connectTimeoutMs: LIMIT_MS,
  })
  onTestFinished(network.close)
  return network
}

function askOnce(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, res => res.once('data', chunk => resolve(String(chunk))))
      .on('error', reject)
      .end()
  })
}

class SlowStore extends Store {
  readonly #url: string
  constructor(url: string) {
    super()
    this.#url = url
  }
  get(_id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    askOnce(this.#url).then(text => callback(null, JSON.parse(text)), callback)
  }
  set(): void {}
  destroy(): void {}
}

const cases: Case[] = [
  {
    name: 'a call to WeChat',
    ask: url =>
      clientOf(url).call({ endpoint: '/x', secrets: [], answer: z.looseObject({}), isRepeatable: false }),
  },
  {
    name: 'the head of a medium',
    body: Buffer.from(`\xFF\xD8\xFF${'x'.repeat(1_000)}`, 'latin1'),
    contentType: 'image/jpeg',
    ask: async url =>
      openMedia(clientOf(url), 'token', 'media-1', {
        isHighQuality: false,
        videoHosts: [],
        maxBytes: 10_000,
        idleTimeoutMs: 60_000,
        maxDurationMs: 60_000,
      }),
  },
  {
    name: 'a call through a circuit breaker',
    ask: url => {
      const guard = createCircuitBreaker({
        clock: systemClock,
        deadlineMs: LIMIT_MS,
        readReason: () => 'failed',
        timeoutReason: 'timeout',
        isDown: () => true,
        unavailable: reason => new Error(reason),
      })
      return guard(() => askOnce(url))
    },
  },
  {
    name: 'a session in a bounded store',
    ask: url =>
      new Promise((resolve, reject) => {
        boundedSessionStore(new SlowStore(url), { timeoutMs: LIMIT_MS }).get('id', (error, session) =>
          error ? reject(error) : resolve(session),
        )
      }),
  },
  {
    name: 'the answer of a gateway',
    ask: url => createGatewayClient(url, LIMIT_MS, networkOf(url)).askLogin('wechat.sid=x'),
  },
  {
    name: 'a call that is passed on',
    ask: url =>
      forwardCall(clientOf(url), {
        endpoint: '/x',
        method: 'GET',
        query: new URLSearchParams(),
        accessToken: 'token',
      }),
  },
  {
    name: 'a token of another centre',
    limitMs: 5_000,
    ask: url =>
      createTokenSource(async () => {
        await askOnce(url)
        return { accessToken: 'token', expiresInSeconds: 100 }
      }, networkOf(url)).fetchAccessToken(new AbortController().signal),
  },
  {
    name: 'a token of a gateway',
    limitMs: 5_000,
    body: JSON.stringify({ access_token: 'token', expires_in: 100 }),
    ask: url =>
      createTokenSource({ url, serviceKey: new Secret('k'.repeat(32)) }, networkOf(url)).fetchAccessToken(
        new AbortController().signal,
      ),
  },
]

it.each(cases)(
  'uses $name that had arrived while the process stood still past the limit',
  async ({ ask, limitMs = LIMIT_MS, body = JSON.stringify(LOGIN), contentType = 'application/json' }) => {
    const answer = await startDelayedAnswer(body, { 'content-type': contentType })
    onTestFinished(answer.close)
    const asked = ask(answer.url)
    await answer.standStill(limitMs * 1.5)
    await expect(asked).resolves.toBeDefined()
  },
  30_000,
)
