import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { TokenStoreUnavailableReason } from './stores/store-failure.js'

export type CredentialName = 'access_token' | 'jsapi_ticket'

/** The events of a token manager. No event holds a token, a ticket or a secret. */
export interface TokenEvents {
  /** A credential was fetched. */
  refresh: { appId: string; credential: CredentialName; durationMs: number; expiresInSeconds: number }
  /** A credential could not be fetched. `code` is the error's code, `errcode` WeChat's if WeChat refused. */
  'refresh-failed': {
    appId: string
    credential: CredentialName
    durationMs: number
    code: string
    errcode?: number
    /** The error's message, with what to do about it if that is known. */
    message: string
  }
  /** The store held a newer credential when this process published its own, after its lease had ended. */
  fenced: { appId: string; credential: CredentialName }
  /** A refresh failed or took too long, so a stale credential was served. WeChat may have replaced it. */
  'stale-served': { appId: string; credential: CredentialName; remainingSeconds: number }
  /** A credential was reported as refused by WeChat, and removed. */
  invalidated: { appId: string; credential: CredentialName }
  /**
   * The token store did not answer, or refused. In `stable` mode this process fetches for itself; in `legacy` mode
   * its cached token is served for up to four minutes, then calls fail until the store recovers. The first event of
   * each `reason` is also a process warning, which says what to do.
   */
  'store-unavailable': {
    appId: string
    credential: CredentialName | 'login' | 'push'
    reason: TokenStoreUnavailableReason
  }
}

/** The names of {@link TokenEvents}. */
export type TokenEventName = keyof TokenEvents
/** A listener of `tokenManager.on()`. An error that it throws becomes an uncaught exception. */
export type TokenEventListener<Name extends TokenEventName> = (event: TokenEvents[Name]) => void

export interface TokenEventHub {
  emit<Name extends TokenEventName>(name: Name, event: TokenEvents[Name]): void
  on<Name extends TokenEventName>(name: Name, listener: TokenEventListener<Name>): void
  off<Name extends TokenEventName>(name: Name, listener: TokenEventListener<Name>): void
}

/** Passes events to listeners, and to `node:diagnostics_channel` as `express-wechat:<name>`. */
export function createTokenEvents(): TokenEventHub {
  const emitter = new EventEmitter()
  return {
    emit(name, event) {
      // The channel gets the event before the listeners, because publishing to it never throws.
      channel(`express-wechat:${name}`).publish(event)
      try {
        emitter.emit(name, event)
      } catch (error) {
        // An exception of a listener is thrown in the next tick, so that it does not make the refresh fail.
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
