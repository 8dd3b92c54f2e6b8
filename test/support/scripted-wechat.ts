import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedCall {
  path: string
  query: Record<string, string>
  body: string
  method: string
  headers: IncomingHttpHeaders
  /** The caller's number, if the caller has a base URL of its own, such as `…/by/3`. */
  by: string | undefined
}

/** Answers one call, also in ways that HTTP does not allow. */
export type Reply = (res: ServerResponse, call: ScriptedCall) => void | Promise<void>

export const TOKEN = '/cgi-bin/stable_token'
export const LEGACY_TOKEN = '/cgi-bin/token'
export const TICKET = '/cgi-bin/ticket/getticket'
export const ANY_API = '/cgi-bin/tags/get'

export interface ScriptedWechatOptions {
  /** The port to listen on. @default a free one */
  port?: number
  /** The clock by which its tokens expire, in milliseconds. @default the system's */
  nowMs?: () => number
  /** The lifetime of a token. @default two hours, as at WeChat */
  ttlMs?: number
  /** In this last part of a token's life, a call gets a new one, and both work. @default 1/24 of `ttlMs`, as at WeChat */
  overlapMs?: number
  /** `expires_in` of a ticket. @default 7200, which WeChat always says */
  ticketExpiresIn?: number
}

interface IssuedToken {
  value: string
  expiresAt: number
}

export interface ScriptedWechat {
  readonly baseUrl: string
  readonly calls: ScriptedCall[]
  /** How many calls had a token that is dead, or never existed. */
  readonly deadUses: () => number
  /** The greatest number of token calls that were open at the same time. */
  readonly mostTokenCallsAtOnce: () => number
  count(path: string): number
  /** Answers the next calls of this path with these replies, one each. */
  once(path: string, ...replies: Reply[]): void
  /** Answers all calls of this path with this reply; undefined ends that. */
  always(path: string, reply: Reply | undefined): void
  /** Delays the answers to this path until the returned function is called. */
  hold(path: string): () => void
  /** Makes all tokens invalid at once, as a new app secret in the console does. */
  revoke(): void
  /** How many tokens were issued so far. */
  readonly issued: () => number
  /** Delays the answers to token calls by this time. */
  delayMs: number
  /** Refuses new connections. The open ones stay. */
  stopListening(): void
  close(): Promise<void>
}

/** Starts a server with WeChat's rules for tokens, for tests that need answers which break the rules of HTTP. */
export async function startScriptedWechat(options: ScriptedWechatOptions = {}): Promise<ScriptedWechat> {
  const {
    nowMs = () => performance.now(),
    ttlMs = 7_200_000,
    overlapMs = ttlMs / 24,
    ticketExpiresIn = 7200,
  } = options
  const calls: ScriptedCall[] = []
  const oneShots = new Map<string, Reply[]>()
  const standing = new Map<string, Reply>()
  const held = new Map<string, Promise<void>>()
  const alive = new Map<string, IssuedToken>()
  // The two token endpoints issue independently of each other.
  let current: IssuedToken | undefined
  let legacy: IssuedToken | undefined
  let issued = 0
  let ticketEpoch = 0
  let deadUses = 0
  let tokenCallsOpen = 0
  let mostTokenCallsAtOnce = 0

  function issue(): IssuedToken {
    issued += 1
    const token = { value: `token-${issued}-${'x'.repeat(20)}`, expiresAt: nowMs() + ttlMs }
    alive.set(token.value, token)
    return token
  }

  function isAlive(value: string | undefined): boolean {
    const token = value === undefined ? undefined : alive.get(value)
    return token !== undefined && token.expiresAt > nowMs()
  }

  function stableToken(): unknown {
    const left = current ? current.expiresAt - nowMs() : 0
    if (!current || !isAlive(current.value) || left <= overlapMs) current = issue()
    return { access_token: current.value, expires_in: (current.expiresAt - nowMs()) / 1000 }
  }

  function legacyToken(): unknown {
    if (legacy) legacy.expiresAt = Math.min(legacy.expiresAt, nowMs() + overlapMs)
    legacy = issue()
    return { access_token: legacy.value, expires_in: ttlMs / 1000 }
  }

  function deadToken(): unknown {
    deadUses += 1
    return {
      errcode: 40001,
      errmsg: 'invalid credential, access_token is invalid or not latest rid: 6512aaaa-1b2c3d4e-5f6a7b8c',
    }
  }

  function ticket(): unknown {
    return {
      errcode: 0,
      errmsg: 'ok',
      ticket: `ticket-${ticketEpoch}-${'y'.repeat(20)}`,
      expires_in: ticketExpiresIn,
    }
  }

  function ordinaryAnswer(call: ScriptedCall): unknown {
    if (call.path === TOKEN) return stableToken()
    if (call.path === LEGACY_TOKEN) return legacyToken()
    if (!isAlive(call.query.access_token)) return deadToken()
    return call.path === TICKET ? ticket() : { errcode: 0, path: call.path }
  }

  const server = createServer(async (req, res) => {
    const call = await readCall(req)
    calls.push(call)
    const isTokenCall = call.path === TOKEN || call.path === LEGACY_TOKEN
    if (isTokenCall) {
      tokenCallsOpen += 1
      mostTokenCallsAtOnce = Math.max(mostTokenCallsAtOnce, tokenCallsOpen)
      res.on('close', () => {
        tokenCallsOpen -= 1
      })
    }
    // The answer is made when the call arrives, even if it is sent later, as at WeChat.
    const scripted = oneShots.get(call.path)?.shift() ?? standing.get(call.path)
    const ordinary = scripted ? undefined : ordinaryAnswer(call)
    await held.get(call.path)
    const reply = scripted ?? oneShots.get(call.path)?.shift() ?? standing.get(call.path)
    if (isTokenCall && wechat.delayMs > 0) await new Promise(done => setTimeout(done, wechat.delayMs))
    if (reply) await reply(res, call)
    else sendJson(res, ordinary)
  })
  await new Promise<void>(done => server.listen(options.port ?? 0, '127.0.0.1', done))

  const wechat: ScriptedWechat = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    deadUses: () => deadUses,
    issued: () => issued,
    mostTokenCallsAtOnce: () => mostTokenCallsAtOnce,
    count: path => calls.filter(call => call.path === path).length,
    once(path, ...replies) {
      oneShots.set(path, [...(oneShots.get(path) ?? []), ...replies])
    },
    always(path, reply) {
      if (reply) standing.set(path, reply)
      else standing.delete(path)
    },
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(path, promise)
      return () => {
        held.delete(path)
        resolve()
      }
    },
    revoke() {
      alive.clear()
      current = undefined
      legacy = undefined
      ticketEpoch += 1
    },
    delayMs: 0,
    stopListening: () => void server.close(),
    async close() {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
  return wechat
}

export function sendJson(res: ServerResponse, value: unknown): void {
  // WeChat sends some of its JSON as text/plain.
  res.setHeader('content-type', 'text/plain; charset=utf-8').end(JSON.stringify(value))
}

export const json =
  (value: unknown): Reply =>
  res =>
    sendJson(res, value)

export const refuse = (errcode: number, errmsg = 'scripted refusal'): Reply => json({ errcode, errmsg })

export const raw =
  (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Reply =>
  res => {
    res.writeHead(status, headers).end(body)
  }

/** Never answers the request. */
export const hang: Reply = () => {}

/** Closes the connection instead of an answer, by a TCP reset if the system allows it. */
export const reset: Reply = res => {
  res.socket?.resetAndDestroy()
}

/** Sends a byte each 20 ms, and never ends the answer. */
export const drip: Reply = res => {
  res.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => res.write(' '), 20)
  res.on('close', () => clearInterval(timer))
}

/** Sends fewer bytes than the Content-Length says, and closes the connection. */
export const cut: Reply = res => {
  res.writeHead(200, { 'content-length': '1000' })
  res.write('{"access_token":"half')
  setTimeout(() => res.destroy(), 20)
}

async function readCall(req: IncomingMessage): Promise<ScriptedCall> {
  const url = new URL(req.url ?? '/', 'http://wechat')
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const [, by, path] = /^\/by\/(\w+)(\/.*)$/.exec(url.pathname) ?? []
  return {
    by,
    path: path ?? url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: Buffer.concat(chunks).toString(),
    method: req.method ?? '',
    headers: req.headers,
  }
}
