import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../util/clock.js'
import type { WechatAccount } from '../wechat-api/account.js'
import type { Scope } from '../wechat-api/oauth.js'

/**
 * The `state` that goes through WeChat and comes back: ours, of this browser, for this page, for ten minutes.
 *
 * WeChat allows 128 letters and digits and mangles the rest, so it is hex: a random number, the time of expiry,
 * what kind of login it is, a commitment to the browser's cookie and the page, and a MAC over all of it.
 * The MAC tells "not ours" from "ours, but of another browser" without any cookie. Nothing is kept on the server.
 *
 * @see RFC 9700 section 2.1, 公众号文档 «网页授权»
 */
export interface LoginStates {
  create(login: PendingLogin): { state: string; id: string }
  /** Undefined for what this account never issued. */
  parse(state: string): ParsedState | undefined
  /** Whether the state was issued to this browser, for this page. */
  isOf(state: ParsedState, binding: string, returnUrl: string): boolean
  /** A value only we can have made, for a purpose. */
  seal(purpose: string, value: string): string
  isSealed(purpose: string, value: string, seal: string): boolean
}

export interface PendingLogin {
  /** The random value of the browser's binding cookie. */
  binding: string
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  scope: Scope
  isRestart: boolean
}

export interface ParsedState {
  id: string
  isExpired: boolean
  scope: Scope
  isRestart: boolean
  /** Not for anyone but {@link LoginStates.isOf}. */
  commitment: string
}

export const LOGIN_MINUTES = 10
const LEEWAY_SECONDS = 30
const SHAPE = /^([0-9a-f]{32})([0-9a-f]{8})([0-3])([0-9a-f]{40})([0-9a-f]{40})$/

export function createLoginStates(account: WechatAccount, clock: Clock): LoginStates {
  const key = createHmac('sha256', account.appSecret.reveal())
    .update(`express-wechat login ${account.appId}`)
    .digest()

  const mac = (...parts: string[]) =>
    createHmac('sha256', key).update(parts.join('\0')).digest('hex').slice(0, 40)
  const commit = (id: string, binding: string, returnUrl: string) => mac('commitment', id, binding, returnUrl)
  const nowSeconds = () => Math.floor(clock.wallMs() / 1000)

  return {
    create(login) {
      const id = randomBytes(16).toString('hex')
      const expiry = (nowSeconds() + LOGIN_MINUTES * 60).toString(16).padStart(8, '0')
      const kind = (login.isRestart ? 1 : 0) + (login.scope === 'snsapi_userinfo' ? 2 : 0)
      const body = `${id}${expiry}${kind}${commit(id, login.binding, login.returnUrl)}`
      return { id, state: body + mac('state', body) }
    },
    parse(state) {
      const [, id = '', expiry = '', kind = '', commitment = '', seal = ''] = SHAPE.exec(state) ?? []
      if (!isEqual(seal, mac('state', `${id}${expiry}${kind}${commitment}`))) return undefined
      const isExpired = nowSeconds() > Number.parseInt(expiry, 16) + LEEWAY_SECONDS
      const scope = Number(kind) >= 2 ? 'snsapi_userinfo' : 'snsapi_base'
      return { id, isExpired, scope, isRestart: Number(kind) % 2 === 1, commitment }
    },
    isOf: (state, binding, returnUrl) => isEqual(state.commitment, commit(state.id, binding, returnUrl)),
    seal: (purpose, value) => mac(purpose, value),
    isSealed: (purpose, value, seal) => isEqual(seal, mac(purpose, value)),
  }
}

function isEqual(text: string, expected: string): boolean {
  const [given, wanted] = [Buffer.from(text), Buffer.from(expected)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
