// @express 5 alone: the subject is the deadlines of calls, which are made here without an app, a request or an answer.
import { request } from 'node:http'
import { type SessionData, Store } from 'express-session'
import { boundedSessionStore } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
/** That of token sources, which no option changes. */
const LONG_LIMIT_MS = 5_000
const LOGIN = {
  openid: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
  scope: 'snsapi_base',
  isSnapshotUser: false,
  loggedInAt: '2026-01-01T00:00:00.000Z',
}

const closers: (() => unknown)[] = []

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
  closers.push(client.close)
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
  closers.push(network.close)
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
    body: JSON.stringify({ cookie: { originalMaxAge: null } }),
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
    limitMs: LONG_LIMIT_MS,
    ask: url =>
      createTokenSource(async () => {
        await askOnce(url)
        return { accessToken: 'token', expiresInSeconds: 100 }
      }, networkOf(url)).fetchAccessToken(new AbortController().signal),
  },
  {
    name: 'a token of a gateway',
    limitMs: LONG_LIMIT_MS,
    body: JSON.stringify({ access_token: 'token', expires_in: 100 }),
    ask: url =>
      createTokenSource({ url, serviceKey: new Secret('k'.repeat(32)) }, networkOf(url)).fetchAccessToken(
        new AbortController().signal,
      ),
  },
]

afterAll(async () => {
  for (const close of closers) await close()
})

describe.each([LIMIT_MS, LONG_LIMIT_MS])('a process that stood still past a limit of %i ms', limitMs => {
  const concerned = cases.filter(one => (one.limitMs ?? LIMIT_MS) === limitMs)
  const outcomes = new Map<string, PromiseSettledResult<unknown>>()

  beforeAll(async () => {
    const answers = await Promise.all(concerned.map(startAnswer))
    const asked = Promise.allSettled(concerned.map(({ ask }, index) => ask(answers[index]?.url ?? '')))
    await Promise.all(answers.map(({ received }) => received()))
    // The event loop makes no turn between these, so that all answers arrive while it stands still.
    for (const { standStill } of answers.slice(1)) await standStill(0)
    await answers[0]?.standStill(limitMs * 1.5)
    for (const [index, outcome] of (await asked).entries()) {
      outcomes.set(concerned[index]?.name ?? '', outcome)
    }
  })

  it.each(concerned)('uses $name that had arrived meanwhile', ({ name }) => {
    expect(outcomes.get(name)).toMatchObject({ status: 'fulfilled', value: expect.anything() })
  })
})

async function startAnswer({ body = JSON.stringify(LOGIN), contentType = 'application/json' }: Case) {
  const answer = await startDelayedAnswer(body, { 'content-type': contentType })
  closers.push(answer.close)
  return answer
}
