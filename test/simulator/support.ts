import { type RunningSimulator, type SimulatorOptions, startSimulator } from 'express-wechat/simulator'
import { onTestFinished } from 'vitest'

export const start2026 = Date.UTC(2026, 10, 20, 4, 0, 0)

export const rid = /rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/

// For what ends by itself, soon; only how soon depends on the machine.
export const patience = { timeout: 20_000 }

export const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4])
export const amr = Buffer.from('#!AMR\n\x3c\x00\x01', 'latin1')
export const mp4 = Buffer.from('\x00\x00\x00\x18ftypmp42rest', 'latin1')

/** A simulator whose clock stands still until the test lets time pass. It ends with the test. */
export async function simulate(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const simulator = await startSimulator({ now: () => start2026, ...options })
  onTestFinished(() => simulator.close())
  return simulator
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  bytes: Buffer
  /** The body as JSON; an empty object where it is none. */
  body: Record<string, unknown>
}

export async function call(
  simulator: { url: string },
  path: string,
  query: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Reply> {
  const search = new URLSearchParams(query).toString()
  const response = await fetch(`${simulator.url}${path}${search && `?${search}`}`, {
    redirect: 'manual',
    ...init,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString()
  return { status: response.status, headers: response.headers, text, bytes, body: parsed(text) }
}

export function post(
  simulator: { url: string },
  path: string,
  body: unknown,
  query: Record<string, string> = {},
) {
  return call(simulator, path, query, { method: 'POST', body: JSON.stringify(body) })
}

export function legacyToken(simulator: RunningSimulator, changes: Record<string, string> = {}) {
  return call(simulator, '/cgi-bin/token', {
    grant_type: 'client_credential',
    appid: simulator.appId,
    secret: simulator.appSecret,
    ...changes,
  })
}

export function stableToken(simulator: RunningSimulator, changes: Record<string, unknown> = {}) {
  return post(simulator, '/cgi-bin/stable_token', {
    grant_type: 'client_credential',
    appid: simulator.appId,
    secret: simulator.appSecret,
    ...changes,
  })
}

export async function accessToken(simulator: RunningSimulator): Promise<string> {
  return String((await stableToken(simulator)).body.access_token)
}

export function ticket(simulator: RunningSimulator, token: string) {
  return call(simulator, '/cgi-bin/ticket/getticket', { access_token: token, type: 'jsapi' })
}

export function authorizeUrl(simulator: RunningSimulator, changes: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    appid: simulator.appId,
    redirect_uri: 'http://localhost:3000/wechat/auth/code',
    response_type: 'code',
    scope: 'snsapi_userinfo',
    state: 'abc123',
    ...changes,
  })
  return `${simulator.url}/connect/oauth2/authorize?${query}#wechat_redirect`
}

export function codeFor(
  simulator: RunningSimulator,
  { changes, ...options }: { personId?: string; snapshot?: boolean; changes?: Record<string, string> } = {},
): string {
  const callback = simulator.approve(authorizeUrl(simulator, changes), options)
  if (callback === undefined) throw new Error('no callback')
  return new URL(callback).searchParams.get('code') ?? ''
}

export function exchange(simulator: RunningSimulator, code: string, changes: Record<string, string> = {}) {
  return call(simulator, '/sns/oauth2/access_token', {
    appid: simulator.appId,
    secret: simulator.appSecret,
    code,
    grant_type: 'authorization_code',
    ...changes,
  })
}

export function userinfo(simulator: RunningSimulator, login: Reply, changes: Record<string, string> = {}) {
  return call(simulator, '/sns/userinfo', {
    access_token: String(login.body.access_token),
    openid: String(login.body.openid),
    lang: 'zh_CN',
    ...changes,
  })
}

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
