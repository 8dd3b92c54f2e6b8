import { BoundedMap } from '../../util/bounded-map.js'
import type { Clock } from '../../util/clock.js'
import { randomUrlSafeText } from '../../util/random.js'
import type { PlatformConfig } from '../platform-config.js'
import { Refusal } from '../refusal.js'
import type { Visitor } from './visitor.js'

const accessLifetimeMs = 7_200_000
const refreshLifetimeMs = 30 * 86_400_000
/** How many logins a saved state holds. */
const fewGrants = 1_000

/** What a person granted to the app by one login. */
export interface Grant {
  visitor: Visitor
  scope: string
  refreshToken: string
  refreshExpiresAt: number
  isRevoked: boolean
}

/** The logins in a saved state. */
export interface SavedUserTokens {
  grants: Grant[]
  tokens: { value: string; refreshToken: string; expiresAt: number }[]
}

interface UserToken {
  grant: Grant
  expiresAt: number
}

/** The tokens of persons, which are independent of the account's tokens. */
export interface UserTokens {
  create(visitor: Visitor, scope: string): { accessToken: string; grant: Grant }
  /** Issues a new token. Throws 41003 without a refresh token, 40030 if unknown, 42002 if expired, 42007 if revoked. */
  refresh(refreshToken: string | null): { accessToken: string; grant: Grant }
  /**
   * Returns the grant of a token. Throws 41001 without a token, 40001 if it is unknown or revoked, 42001 if expired, 41009
   * without an openid, 40003 for another openid.
   */
  check(accessToken: string | null, openid: string | null): Grant
  /** Ends all grants of this person, or of all people, as a changed WeChat password does. */
  revoke(openid?: string): void
  save(): SavedUserTokens
  restore(saved: SavedUserTokens): void
}

export function createUserTokens(clock: Clock, config: PlatformConfig): UserTokens {
  const tokens = new BoundedMap<string, UserToken>(20_000)
  const grants = new BoundedMap<string, Grant>(20_000)

  const newToken = () => `90_wxsimuser_${randomUrlSafeText(100)}`

  function issueAccess(grant: Grant): string {
    const accessToken = newToken()
    tokens.set(accessToken, { grant, expiresAt: clock.now() + accessLifetimeMs })
    return accessToken
  }

  return {
    create(visitor, scope) {
      const grant = {
        visitor,
        scope,
        refreshToken: newToken(),
        refreshExpiresAt: clock.now() + refreshLifetimeMs,
        isRevoked: false,
      }
      grants.set(grant.refreshToken, grant)
      return { accessToken: issueAccess(grant), grant }
    },
    refresh(refreshToken) {
      if (!refreshToken) throw new Refusal(41003)
      const grant = grants.get(refreshToken)
      if (!grant) throw new Refusal(40030)
      if (grant.isRevoked) throw new Refusal(42007)
      if (clock.now() >= grant.refreshExpiresAt) throw new Refusal(42002)
      if (config.refreshTokenRotates) {
        grants.delete(refreshToken)
        grant.refreshToken = newToken()
        grants.set(grant.refreshToken, grant)
      }
      return { accessToken: issueAccess(grant), grant }
    },
    check(accessToken, openid) {
      if (!accessToken) throw new Refusal(41001)
      if (!openid) throw new Refusal(41009)
      const token = tokens.get(accessToken)
      if (!token || token.grant.isRevoked) throw new Refusal(40001)
      if (clock.now() >= token.expiresAt) throw new Refusal(42001)
      if (token.grant.visitor.openid !== openid) throw new Refusal(40003)
      return token.grant
    },
    revoke(openid) {
      for (const grant of grants.values()) {
        if (openid === undefined || grant.visitor.openid === openid) grant.isRevoked = true
      }
    },
    save: () => ({
      grants: [...grants.values()].slice(-fewGrants),
      tokens: [...tokens]
        .slice(-fewGrants)
        .map(([value, { grant, expiresAt }]) => ({ value, refreshToken: grant.refreshToken, expiresAt })),
    }),
    restore(saved) {
      tokens.clear()
      grants.clear()
      for (const grant of saved.grants) grants.set(grant.refreshToken, grant)
      for (const { value, refreshToken, expiresAt } of saved.tokens) {
        const grant = grants.get(refreshToken)
        if (grant) tokens.set(value, { grant, expiresAt })
      }
    },
  }
}
