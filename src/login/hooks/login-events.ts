import { createHash } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { WechatError } from '../../errors/errors.js'
import type { LoginMethod } from './login-hooks.js'

/** What the diagnostics channel `express-wechat:login` publishes once for each login that a session holds. */
export interface WechatLoginEvent {
  appId: string
  /** The SHA-256 of the openid, in hexadecimal. */
  openidHash: string
  /** The scope that WeChat granted; comma-separated if there are several. */
  scope: string
  isSnapshotUser: boolean
  via: LoginMethod
}

/** What the diagnostics channel `express-wechat:login-refused` publishes for a refused login. */
export interface WechatLoginRefusedEvent {
  appId: string
  /** The SHA-256 of the openid, in hexadecimal; undefined if the person refused at WeChat. */
  openidHash: string | undefined
  via: LoginMethod
  /** `login_refused`, `scan_refused`, `snapshot_user`, `login_hook_failed`, `login_hook_timeout`, or the app's code. */
  code: string
  status: number
}

/** What the diagnostics channel `express-wechat:logout` publishes for a logout. */
export interface WechatLogoutEvent {
  appId: string
  /** The SHA-256 of the openid, in hexadecimal. */
  openidHash: string
}

export function publishLogin(
  login: { appId: string; openid: string; scope: string; isSnapshotUser: boolean },
  via: LoginMethod,
): void {
  const { appId, openid, scope, isSnapshotUser } = login
  const event: WechatLoginEvent = { appId, openidHash: hash(openid), scope, isSnapshotUser, via }
  channel('express-wechat:login').publish(event)
}

export function publishRefusedLogin(
  { appId }: { appId: string },
  { code, status }: WechatError,
  { openid, via }: { openid?: string; via: LoginMethod },
): void {
  const openidHash = openid === undefined ? undefined : hash(openid)
  const event: WechatLoginRefusedEvent = { appId, openidHash, via, code, status }
  channel('express-wechat:login-refused').publish(event)
}

export function publishLogout({ appId, openid }: { appId: string; openid: string }): void {
  const event: WechatLogoutEvent = { appId, openidHash: hash(openid) }
  channel('express-wechat:logout').publish(event)
}

function hash(openid: string): string {
  return createHash('sha256').update(openid).digest('hex')
}
