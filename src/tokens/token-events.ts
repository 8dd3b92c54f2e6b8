import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'

export type CredentialName = 'access_token' | 'jsapi_ticket'

/** What a token manager tells of itself. No event holds a token, a ticket or a secret. */
export interface TokenEvents {
  /** A credential was fetched from WeChat. */
  refresh: { appId: string; credential: CredentialName; durationMs: number; expiresInSeconds: number }
  /** WeChat did not give one. `code` is the error's, `errcode` WeChat's own where it refused. */
  'refresh-failed': {
    appId: string
    credential: CredentialName
    durationMs: number
    code: string
    errcode?: number
    /** What to do, where that is known. */
    message: string
  }
  /** A newer credential was there when ours was to be published: this process had paused past its lease. */
  fenced: { appId: string; credential: CredentialName }
  /** A credential past its time of confirmation was used, since no fresher one could be had. */
  'stale-served': { appId: string; credential: CredentialName; remainingSeconds: number }
  /** A credential was reported dead, and removed. */
  invalidated: { appId: string; credential: CredentialName }
  /** The token store did not answer; this process goes on alone (`stable`) or waits for it (`legacy`). */
  'store-unavailable': { appId: string; credential: CredentialName | 'login' }
}

export type TokenEventName = keyof TokenEvents
export type TokenEventListener<Name extends TokenEventName> = (event: TokenEvents[Name]) => void

export interface TokenEventHub {
  emit<Name extends TokenEventName>(name: Name, event: TokenEvents[Name]): void
  on<Name extends TokenEventName>(name: Name, listener: TokenEventListener<Name>): void
  off<Name extends TokenEventName>(name: Name, listener: TokenEventListener<Name>): void
}

/** Listeners, and the same events on `node:diagnostics_channel` as `express-wechat:<name>`. */
export function createTokenEvents(): TokenEventHub {
  const emitter = new EventEmitter()
  return {
    emit(name, event) {
      // First, since it never throws: whoever watches there learns of it whatever a listener does.
      channel(`express-wechat:${name}`).publish(event)
      try {
        emitter.emit(name, event)
      } catch (error) {
        // A listener's own mistake surfaces as its own, and not as a failed refresh.
        process.nextTick(() => {
          throw error
        })
      }
    },
    on(name, listener) {
      emitter.on(name, listener)
    },
    off(name, listener) {
      emitter.off(name, listener)
    },
  }
}
