import { BlockList } from 'node:net'
import { simulatedSecretPrefix } from '../protocol/identity.js'
import type { Clock } from '../util/clock.js'
import { randomHex } from '../util/random.js'
import { createNewCallers, type NewCallers } from './new-callers.js'
import type { PlatformConfig } from './platform-config.js'
import { Refusal } from './refusal.js'

/** The account's credentials, and the checks of them that all endpoints share. */
export interface Account {
  readonly appId: string
  readonly appSecret: string
  /** Refuses an app id that is missing (41002) or not the account's (40013). */
  checkAppId(appId: string | null): void
  /** Refuses a secret that is missing (41004), wrong (40125) or frozen (40243). */
  checkSecret(secret: string | null): void
  /** Refuses an address outside the whitelist with 40164 and an errmsg that names it, or with 61004 if configured. */
  checkCaller(address: string): void
  /** Checks the address of a call with the secret. Throws like `checkCaller` and {@link NewCallers.check}. */
  checkSecretCaller(address: string): void
  readonly newCallers: Pick<NewCallers, 'confirm' | 'refuse' | 'forget'>
  /** Creates a new secret, which is not frozen. The old one is refused at once. */
  resetSecret(): string
  /** Freezes or unfreezes the secret after ten minutes. Its value stays. */
  setSecretFrozen(isFrozen: boolean): void
}

const freezeDelayMs = 10 * 60_000

export function createAccount(
  appId: string,
  firstSecret: string,
  config: PlatformConfig,
  clock: Clock,
): Account {
  const newCallers = createNewCallers(clock)
  let appSecret = firstSecret
  let isFrozen = false
  let pendingFreeze: { isFrozen: boolean; fromMs: number } | undefined

  function isFrozenNow(): boolean {
    if (pendingFreeze && clock.now() >= pendingFreeze.fromMs) {
      isFrozen = pendingFreeze.isFrozen
      pendingFreeze = undefined
    }
    return isFrozen
  }

  function checkCaller(address: string): void {
    if (config.ipWhitelist === 'off' || isListed(config.ipWhitelist, address)) return
    if (config.ipWhitelistErrcode === 61004) throw new Refusal(61004)
    throw new Refusal(40164, `invalid ip ${address} ipv6 ::ffff:${address}, not in whitelist`)
  }

  return {
    appId,
    newCallers,
    get appSecret() {
      return appSecret
    },
    checkAppId(value) {
      if (!value) throw new Refusal(41002)
      if (value !== appId) throw new Refusal(40013)
    },
    checkSecret(value) {
      if (!value) throw new Refusal(41004)
      if (value !== appSecret) throw new Refusal(40125)
      if (isFrozenNow()) throw new Refusal(40243)
    },
    checkCaller,
    checkSecretCaller(address) {
      if (config.ipWhitelistScope !== 'token-calls') checkCaller(address)
      // If the account has a whitelist, no address needs a confirmation.
      if (config.newCallers === 'need-confirmation' && config.ipWhitelist === 'off') newCallers.check(address)
    },
    resetSecret() {
      appSecret = `${simulatedSecretPrefix}${randomHex(32)}`
      isFrozen = false
      pendingFreeze = undefined
      return appSecret
    },
    setSecretFrozen(wanted) {
      pendingFreeze = { isFrozen: wanted, fromMs: clock.now() + freezeDelayMs }
    },
  }
}

/** Whether the whitelist has the address. An entry is an address, or a network such as `203.0.113.0/24`. */
function isListed(entries: readonly string[], address: string): boolean {
  return entries.some(entry => {
    const [network = '', bits] = entry.split('/')
    if (bits === undefined) return entry === address
    const list = new BlockList()
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4')
    return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
  })
}

/**
 * Refuses a secret that was not made for the simulator, because it may be a real one. This check comes before all others,
 * and the secret is stored nowhere.
 */
export function assertSimulatedSecret(secret: string | null): void {
  if (!secret || secret.startsWith(simulatedSecretPrefix)) return
  throw new Refusal(
    40125,
    `invalid appsecret (this is the WeChat simulator and takes only secrets that begin with ${simulatedSecretPrefix}: was a real secret sent here?)`,
    400,
  )
}
