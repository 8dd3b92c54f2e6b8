import { z } from 'zod'
import { WechatError } from '../errors/errors.js'
import type { AccountContext } from '../tokens/context.js'
import { failureToReason, reasonToFailure } from '../tokens/failure-codec.js'
import { StoreUnavailableError } from '../tokens/stores/store-failure.js'
import type { TokenStore } from '../tokens/stores/token-store.js'
import { exchangeCode, type UserGrant } from '../wechat-api/oauth.js'
import { hasScope } from './login-session.js'

/**
 * Callbacks come twice: Android opens them so, and people press Back. A code is good for one exchange, so the
 * first callback claims the login, and each other one of the same browser waits for its outcome, on any process.
 *
 * Undefined where the login was used up longer ago than outcomes are kept.
 *
 * @throws {WechatError} what the exchange failed with, for the first callback and the others alike
 */
export async function exchangeOnce(
  parts: AccountContext,
  loginId: string,
  code: string,
): Promise<UserGrant | undefined> {
  const { client, keyPrefix } = parts
  const key = `${keyPrefix}:login:${loginId}`
  if (!(await reach(parts, store => store.claim(key, CLAIM_MS)))) return awaitOutcome(parts, `${key}:outcome`)

  // Only who came twice misses an outcome, so a store that is away from here on stops nobody.
  await keepOutcome(parts, key, {})
  const outcome: Outcome = await exchangeCode(client, code).then(
    grant => ({ grant }),
    (error: unknown) => ({ failure: failureToReason(error), error }),
  )
  await keepOutcome(parts, key, toKeep(outcome))
  const { error } = outcome
  if (outcome.grant) return outcome.grant
  throw error
}

async function keepOutcome(parts: AccountContext, key: string, outcome: Outcome): Promise<void> {
  await reach(parts, store => store.put(`${key}:outcome`, JSON.stringify(outcome), OUTCOME_MS)).catch(
    () => {},
  )
}

/** A silent login has no use for the person's own tokens, so they are kept nowhere. */
function toKeep({ grant, failure }: Outcome): Outcome {
  if (!grant || hasScope(grant.scope, 'snsapi_userinfo'))
    return { ...(grant && { grant }), ...(failure && { failure }) }
  return { grant: { ...grant, accessToken: '', refreshToken: '' } }
}

interface Outcome {
  grant?: UserGrant
  failure?: string
  error?: unknown
}

/** Longer than a state lives, so that none is exchanged twice. */
const CLAIM_MS = 660_000
const OUTCOME_MS = 60_000
const POLL_MS = 50
/** Between a claim and the first sign of its outcome. */
const GRACE_MS = 1_000

const outcomeSchema = z.object({
  grant: z
    .object({
      openid: z.string(),
      unionid: z.string().optional(),
      scope: z.string(),
      isSnapshotUser: z.boolean(),
      accessToken: z.string(),
      refreshToken: z.string(),
      expiresInSeconds: z.number(),
    })
    .optional(),
  failure: z.string().optional(),
})

async function awaitOutcome(parts: AccountContext, key: string): Promise<UserGrant | undefined> {
  const { clock, account } = parts
  const startedAt = clock.monotonicMs()
  for (;;) {
    const text = await reach(parts, store => store.get(key))
    const outcome = parseOutcome(text ?? '{}')
    if (!outcome) return undefined
    const { grant, failure } = outcome
    if (failure !== undefined) throw reasonToFailure(failure, 0)
    if (grant) return grant as UserGrant
    const waitMs = text === undefined ? GRACE_MS : account.timeoutMs
    if (clock.monotonicMs() - startedAt > waitMs) return undefined
    await clock.sleep(POLL_MS)
  }
}

/** What is no outcome of ours tells nothing: then the login begins anew. */
function parseOutcome(text: string): z.output<typeof outcomeSchema> | undefined {
  try {
    return outcomeSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A login without a store to claim it in could be exchanged twice, so it fails closed. */
async function reach<Result>(
  { store, reportStoreFailure }: AccountContext,
  ask: (store: TokenStore) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask(store)
  } catch (error) {
    const reason = reportStoreFailure('login', error)
    throw error instanceof WechatError ? error : new StoreUnavailableError(reason)
  }
}
