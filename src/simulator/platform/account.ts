import type { AccountBehaviour } from '../behaviour.js'
import { Refusal } from './refusal.js'

/** The account's credentials, and the checks that every endpoint which takes them makes in the same order. */
export interface Account {
  readonly appId: string
  readonly appSecret: string
  /** Throws 41002 or 40013. */
  checkAppId(appId: string | null): void
  /** Throws 41004 or 40125. */
  checkSecret(secret: string | null): void
  /** Throws 40164 with the caller's address in it, as the platform does. */
  checkCaller(address: string): void
}

export function createAccount(appId: string, appSecret: string, behaviour: AccountBehaviour): Account {
  return {
    appId,
    appSecret,
    checkAppId(value) {
      if (!value) throw new Refusal(41002)
      if (value !== appId) throw new Refusal(40013)
    },
    checkSecret(value) {
      if (!value) throw new Refusal(41004)
      if (value !== appSecret) throw new Refusal(40125)
    },
    checkCaller(address) {
      if (behaviour.ipWhitelist === 'off' || behaviour.ipWhitelist.includes(address)) return
      throw new Refusal(40164, `invalid ip ${address} ipv6 ::ffff:${address}, not in whitelist`)
    },
  }
}

/**
 * A secret that was not made for the simulator may be a real one, sent here by a mistake in somebody's settings. It is
 * refused before anything else looks at the call; the value itself is kept nowhere.
 */
export function refuseRealSecret(secret: string | null): void {
  if (!secret || secret.startsWith('sim_')) return
  throw new Refusal(
    40125,
    'invalid appsecret (this is the WeChat simulator and takes only secrets that begin with sim_: was a real secret sent here?)',
    400,
  )
}
