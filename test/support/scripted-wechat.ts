import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedCall {
  path: string
  query: Record<string, string>
  body: string
  method: string
  headers: IncomingHttpHeaders
  /** Who called, where callers were given base URLs of their own (`/by/3`). */
  by: string | undefined
}

/** How one call is answered; anything that HTTP allows, and what it does not. */
export type Reply = (res: ServerResponse, call: ScriptedCall) => void | Promise<void>

export const TOKEN = '/cgi-bin/stable_token'
export const LEGACY_TOKEN = '/cgi-bin/token'
export const TICKET = '/cgi-bin/ticket/getticket'
export const ANY_API = '/cgi-bin/tags/get'

export interface ScriptedWechatOptions {
  /** @default a free one */
  port?: number
  /** The time by which its tokens live. @default the system's */
  nowMs?: () => number
  /** @default WeChat's two hours */
  ttlMs?: number
  /** In the last part of its life a token is replaced by who asks, and works on. @default a 24th, as at WeChat */
  overlapMs?: number
  /** What it says of tickets. @default 7200, as at WeChat always */
  ticketExpiresIn?: number
}

interface IssuedToken {
  value: string
  expiresAt: number
}

export interface ScriptedWechat {
  readonly baseUrl: string
  readonly calls: ScriptedCall[]
  /** Uses of a token that is dead, or never was one. */
  readonly deadUses: () => number
  /** The most calls to the token endpoints that were ever open at once. */
  readonly mostTokenCallsAtOnce: () => number
  count(path: string): number
  /** The next calls of this path get these answers, one each. */
  once(path: string, ...replies: Reply[]): void
  /** All calls of this path get this answer; undefined: the ordinary one again. */
  always(path: string, reply: Reply | undefined): void
  /** Calls of this path wait until the returned function is called. */
  hold(path: string): () => void
  /** Kills all tokens at once, as resetting them in the console does. */
  revoke(): void
  /** How many tokens it ever made. */
  readonly issued: () => number
  /** How a token call answers what it would otherwise: later. */
  delayMs: number
  /** Refuses new connections, and keeps those that it has. */
  stopListening(): void
  close(): Promise<void>
}

/** A WeChat for tests of the tokens: it keeps the rules of tokens, and breaks the rules of HTTP on request. */
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
  // The two issuers know nothing of one another.
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
    // WeChat decides when it is asked, however long its answer then takes.
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
  // WeChat says text/plain of its JSON.
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

/** Takes the request, and says nothing. */
export const hang: Reply = () => {}

/** Closes the connection instead of an answer, with a reset where the system allows. */
export const reset: Reply = res => {
  res.socket?.resetAndDestroy()
}

/** One byte now and then, never the end. */
export const drip: Reply = res => {
  res.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => res.write(' '), 20)
  res.on('close', () => clearInterval(timer))
}

/** Promises more than it sends. */
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
