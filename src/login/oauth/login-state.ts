import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../util/clock.js'
import { revealAppSecret, type WechatAccount } from '../../wechat-api/account.js'
import type { Scope } from '../../wechat-api/oauth.js'
import type { LoginMode } from '../silent/login-mode.js'

/**
 * The `state` that goes through WeChat and comes back. It belongs to one account, one browser and one page, and
 * expires after ten minutes. Nothing of it is kept on the server.
 *
 * WeChat allows 128 letters and digits and changes other characters, so the state is hexadecimal: a random id, the
 * time of expiry, the kind of login, a commitment to the browser's nonce and to the page, and a MAC over all of it.
 * The MAC tells a state of this account from a foreign one without any cookie.
 *
 * @see RFC 9700 section 2.1, 公众号文档 «网页授权»
 */
export interface LoginStates {
  create(login: PendingLogin): { state: string; id: string }
  /** Parses a state. Returns undefined if this account never issued it. */
  parse(state: string): ParsedState | undefined
  /** Whether the state was issued to this browser, for this page. */
  isIssuedTo(state: ParsedState, loginNonce: string, returnUrl: string): boolean
  /** Makes a MAC of a value by the app secret. It is not valid for another purpose. */
  sign(purpose: string, value: string): string
  verify(purpose: string, value: string, signature: string): boolean
}

export interface PendingLogin {
  /** The random value of the browser's login nonce cookie. */
  loginNonce: string
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  scope: Scope
  /** Whether the login was begun again by itself, after a callback that could not be used. */
  isRestart: boolean
  /** Why the login begins. @default 'login' */
  mode?: LoginMode
}

export interface ParsedState {
  id: string
  isExpired: boolean
  scope: Scope
  isRestart: boolean
  mode: LoginMode
  /** A MAC of the id, the browser's login nonce and its page. {@link LoginStates.isIssuedTo} verifies it. */
  commitment: string
}

export const LOGIN_MINUTES = 10
const LEEWAY_SECONDS = 30
/** The pattern has no `$`, because WeChat and browsers append text to addresses, and so to the state. */
const SHAPE = /^([0-9a-f]{32})([0-9a-f]{8})([0-6])([0-9a-f]{40})([0-9a-f]{40})/

/** The kinds of login, each with its digit in the state. */
const KINDS = [
  { digit: '0', mode: 'login', scope: 'snsapi_base', isRestart: false },
  { digit: '1', mode: 'login', scope: 'snsapi_base', isRestart: true },
  { digit: '2', mode: 'login', scope: 'snsapi_userinfo', isRestart: false },
  { digit: '3', mode: 'login', scope: 'snsapi_userinfo', isRestart: true },
  { digit: '4', mode: 'silent', scope: 'snsapi_base', isRestart: false },
  { digit: '5', mode: 'renewal', scope: 'snsapi_base', isRestart: false },
  { digit: '6', mode: 'renewal', scope: 'snsapi_base', isRestart: true },
] as const

export function createLoginStates(account: WechatAccount, clock: Clock): LoginStates {
  const keyBytes = createHmac('sha256', revealAppSecret(account))
    .update(`express-wechat login ${account.appId}`)
    .digest()
  // With a key object a MAC takes a seventh of the time that it takes with the bytes, and a login computes about ten.
  const key = createSecretKey(keyBytes)

  const mac = (...parts: string[]) =>
    createHmac('sha256', key).update(parts.join('\0')).digest('hex').slice(0, 40)
  const commit = (id: string, loginNonce: string, returnUrl: string) =>
    mac('commitment', id, loginNonce, returnUrl)
  const nowSeconds = () => Math.floor(clock.wallMs() / 1000)

  return {
    create(login) {
      const id = randomBytes(16).toString('hex')
      const expiry = (nowSeconds() + LOGIN_MINUTES * 60).toString(16).padStart(8, '0')
      const body = `${id}${expiry}${encodeKind(login)}${commit(id, login.loginNonce, login.returnUrl)}`
      return { id, state: body + mac('state', body) }
    },
    parse(state) {
      const [, id = '', expiry = '', digit = '', commitment = '', signature = ''] = SHAPE.exec(state) ?? []
      const kind = KINDS.find(known => known.digit === digit)
      if (!kind || !isEqual(signature, mac('state', `${id}${expiry}${digit}${commitment}`))) return undefined
      const isExpired = nowSeconds() > Number.parseInt(expiry, 16) + LEEWAY_SECONDS
      const { scope, isRestart, mode } = kind
      return { id, isExpired, scope, isRestart, mode, commitment }
    },
    isIssuedTo: (state, loginNonce, returnUrl) =>
      isEqual(state.commitment, commit(state.id, loginNonce, returnUrl)),
    sign: (purpose, value) => mac(purpose, value),
    verify: (purpose, value, signature) => isEqual(signature, mac(purpose, value)),
  }
}

function encodeKind({ scope, isRestart, mode = 'login' }: PendingLogin): string {
  const isWanted = (kind: (typeof KINDS)[number]) =>
    kind.scope === scope && kind.isRestart === isRestart && kind.mode === mode
  return KINDS.find(isWanted)?.digit ?? ''
}

function isEqual(text: string, expected: string): boolean {
  const [given, wanted] = [Buffer.from(text), Buffer.from(expected)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
