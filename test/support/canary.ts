import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'

/**
 * Collects the secrets, tokens, tickets and codes that the tests of this process use, and the places in which one of
 * them was seen although none may be there. `canary-setup.ts` calls it for all tests.
 */

interface Canary {
  readonly secrets: Set<string>
  /** Secrets with other characters than letters, digits, `_` and `-`. They are searched one by one, which is slow. */
  readonly oddSecrets: Set<string>
  readonly findings: string[]
}

/** Shorter values, such as `token` or `x`, also occur as words in the texts of tests, so they are not searched. */
const MIN_LENGTH = 16
/** How many characters of one chunk are scanned. */
const MAX_SCANNED = 1_048_576
/** A longer chunk of base64 alone is a part of a medium and is not scanned, because it would take most of the time. */
const MAX_BASE64 = 4_096
const BASE64 = /^[A-Za-z0-9+/]+=*$/
/** How many bytes of one chunk of WeChat's answers are read: no answer that hands out a token is longer. */
const MAX_ANSWER = 8_192
const MAX_KEPT = 50_000
const MAX_ODD = 100
const WORDS = /[A-Za-z0-9_-]{16,}/g
const TEXT_TYPE = /^$|text|json|html|javascript|urlencoded/
const HANDED_OUT = /"(?:access_token|refresh_token|ticket)"\s*:\s*"([^"\\]{16,})"/g
const SENT = ['secret', 'code', 'access_token', 'refresh_token']
/** These endpoints give the token to back ends with a service key, so their answers are not scanned. */
const TOKEN_ENDPOINT = /\/token(?:\/invalidate)?$/

/** The state is global, because each test file has its own copy of this module, and its servers can outlive it. */
const globals = globalThis as { expressWechatCanary?: Canary }
globals.expressWechatCanary ??= { secrets: new Set(), oddSecrets: new Set(), findings: [] }
const canary = globals.expressWechatCanary

export function keepSecret(value: string | undefined): void {
  if (value === undefined || value.length < MIN_LENGTH) return
  const [kept, most] = /^[A-Za-z0-9_-]+$/.test(value)
    ? [canary.secrets, MAX_KEPT]
    : [canary.oddSecrets, MAX_ODD]
  kept.add(value)
  if (kept.size > most) kept.delete(kept.values().next().value ?? '')
}

/** Forgets the secrets that are slow to search for. A test file uses those of its own site, not those of earlier files. */
export function forgetOddSecrets(): void {
  canary.oddSecrets.clear()
}

/** Notes a finding if a value is a secret, or holds one. */
export function scan(place: string, value: unknown): void {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 8, showHidden: true })
  const words = text.match(WORDS) ?? []
  const found =
    words.find(word => canary.secrets.has(word)) ??
    [...canary.oddSecrets].find(secret => text.includes(secret))
  if (found !== undefined) canary.findings.push(`${place}: a secret that begins with "${found.slice(0, 4)}"`)
}

/** What was found since the last call. */
export function takeFindings(): string[] {
  return canary.findings.splice(0)
}

/** Reads the secrets of a call to WeChat from its address. */
export function learnFromCall(path: string): void {
  if (!/^\/(?:by\/\w+\/)?(?:sns|cgi-bin)\//.test(path)) return
  const query = new URLSearchParams(path.slice(path.indexOf('?')))
  for (const name of SENT) keepSecret(query.get(name) ?? undefined)
}

/**
 * Scans an answer of a server under test, which is an Express app. The simulator marks its answers, and the scripted
 * WeChat of the tests is a plain server: they hand the secrets out.
 */
export function watchAnswer(res: ServerResponse, chunk: unknown): void {
  if (res.hasHeader('x-wechat-simulator') || !('app' in res)) {
    for (const [, secret] of readText(chunk, MAX_ANSWER).matchAll(HANDED_OUT)) keepSecret(secret)
    return
  }
  const { req, locals } = res as { req?: { originalUrl?: string }; locals?: { showsSecrets?: boolean } }
  // A test's own app shows secrets on purpose.
  if (locals?.showsSecrets === true) return
  const path = req?.originalUrl?.split('?')[0] ?? ''
  if (TOKEN_ENDPOINT.test(path)) return
  scan(`header of ${path}`, Object.values(res.getHeaders()).flat().join('\n'))
  const isText = TEXT_TYPE.test(String(res.getHeader('content-type') ?? ''))
  if (isText) scanBody(path, readText(chunk, MAX_SCANNED))
}

function scanBody(path: string, text: string): void {
  if (text.length > MAX_BASE64 && BASE64.test(text)) return
  scan(`body of ${path}`, text)
}

/** Reads the beginning of a chunk as text. */
function readText(chunk: unknown, maxLength: number): string {
  if (typeof chunk === 'string') return chunk.slice(0, maxLength)
  return chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, maxLength)).toString('latin1') : ''
}
