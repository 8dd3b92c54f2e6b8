import type { CredentialPolicy } from './credential-policy.js'
import type { StoredCredential } from './stores/token-store.js'

/** What this process knows of a credential. */
export interface Copy {
  value: string
  lifeMs: number
  diesAt: number
  /** When the store was last asked about it, answer or not. */
  checkedAt: number
  /** When the store, or WeChat itself, last said that it is the current one. */
  vouchedAt: number
}

/** The copy that this process holds, and the rules by which it may be served. */
export interface LocalCopy {
  current(): Copy | undefined
  replace(copy: Copy): void
  drop(): void
  /** Takes what the store answered to a question of that moment. */
  adopt(credential: StoredCredential, askedAt: number): void
  /** Alive, with a margin. */
  usable(now: number): Copy | undefined
  /** Usable, and not so old that a better one has to be looked for first. */
  confirmed(now: number): Copy | undefined
  /** It is to be refreshed ahead: that much life is left, or the policy's share of a short one. */
  isDue(copy: Copy, now: number, dueMs: number): boolean
}

/** WeChat cuts the life of a replaced legacy token to five minutes; one of them is ours to notice. */
export const SUSPECT_MS = 240_000

export function createLocalCopy(policy: CredentialPolicy): LocalCopy {
  let local: Copy | undefined

  function usable(now: number): Copy | undefined {
    if (!local) return undefined
    // Another process may have replaced it since, of which only the store could tell.
    if (policy.isExclusive && now - local.vouchedAt >= SUSPECT_MS) return undefined
    return local.diesAt - now > Math.min(policy.marginMs, local.lifeMs / 10) ? local : undefined
  }

  return {
    current: () => local,
    replace(copy) {
      local = copy
    },
    drop() {
      local = undefined
    },
    adopt(credential, askedAt) {
      // What a refresh brought since is newer than this answer.
      if (local && local.vouchedAt > askedAt) return
      // Counted from before the question, so that the way back takes nothing off the margin.
      local = {
        value: credential.value,
        lifeMs: credential.lifeMs,
        diesAt: askedAt + credential.leftMs,
        checkedAt: askedAt,
        vouchedAt: askedAt,
      }
    },
    usable,
    confirmed(now) {
      const copy = usable(now)
      return copy && copy.diesAt - now > copy.lifeMs * policy.unconfirmedShare ? copy : undefined
    },
    isDue: (copy, now, dueMs) => copy.diesAt - now <= Math.min(dueMs, copy.lifeMs * policy.dueShare),
  }
}
