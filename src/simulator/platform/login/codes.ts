import { BoundedMap } from '../../util/bounded-map.js'
import type { Clock } from '../../util/clock.js'
import { randomUrlSafeText } from '../../util/random.js'
import type { PlatformConfig } from '../platform-config.js'
import { Refusal } from '../refusal.js'
import type { Visitor } from './visitor.js'

const lifetimeMs = 300_000

interface Code {
  visitor: Visitor
  scope: string
  expiresAt: number
  isUsed: boolean
}

/** OAuth codes: each is valid for five minutes and for one exchange. */
export interface Codes {
  issue(visitor: Visitor, scope: string): string
  /** Exchanges a code. Throws 41008 without one, 40029 if unknown, 40163 if used, `codeExpiredErrcode` if expired. */
  exchange(code: string | null): { visitor: Visitor; scope: string }
  /** With `failedExchangeBurnsCode`, marks the code as used after an exchange that failed before its check. */
  burn(code: string | null): void
}

export function createCodes(clock: Clock, config: PlatformConfig): Codes {
  const codes = new BoundedMap<string, Code>(20_000)

  return {
    issue(visitor, scope) {
      const value = `0${randomUrlSafeText(31)}`
      codes.set(value, { visitor, scope, expiresAt: clock.now() + lifetimeMs, isUsed: false })
      return value
    },
    exchange(value) {
      if (!value) throw new Refusal(41008)
      const code = codes.get(value)
      if (!code) throw new Refusal(40029)
      if (code.isUsed) throw new Refusal(40163)
      if (clock.now() >= code.expiresAt) {
        code.isUsed = config.failedExchangeBurnsCode
        throw new Refusal(config.codeExpiredErrcode)
      }
      code.isUsed = true
      return { visitor: code.visitor, scope: code.scope }
    },
    burn(value) {
      const code = value === null ? undefined : codes.get(value)
      if (code && config.failedExchangeBurnsCode) code.isUsed = true
    },
  }
}
