import { simulatedSecretPrefix } from '../protocol/identity.js'
import type { PlatformConfig } from './platform-config.js'
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

export function createAccount(appId: string, appSecret: string, config: PlatformConfig): Account {
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
      if (config.ipWhitelist === 'off' || config.ipWhitelist.includes(address)) return
      throw new Refusal(40164, `invalid ip ${address} ipv6 ::ffff:${address}, not in whitelist`)
    },
  }
}

/**
 * Refuses a secret that was not made for the simulator: it may be a real one, sent here because of wrong settings. This
 * check comes before all others, and the value itself is stored nowhere.
 */
export function assertSimulatedSecret(secret: string | null): void {
  if (!secret || secret.startsWith(simulatedSecretPrefix)) return
  throw new Refusal(
    40125,
    `invalid appsecret (this is the WeChat simulator and takes only secrets that begin with ${simulatedSecretPrefix}: was a real secret sent here?)`,
    400,
  )
}
