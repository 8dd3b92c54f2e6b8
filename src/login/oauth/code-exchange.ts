import { z } from 'zod'
import { WechatApiError, type WechatError, WechatRequestError } from '../../errors/errors.js'
import type { AccountContext } from '../../tokens/context.js'
import { failureToReason, reasonToFailure } from '../../tokens/failure-codec.js'
import { exchangeCode, LostGrantError, type UserGrant } from '../../wechat-api/oauth.js'
import type { LoginValues } from '../hooks/login-values.js'
import { hasScope, userTokenSchema } from '../login-session.js'
import { callStore } from '../login-store.js'
import type { UserToken } from '../profile/user-info.js'
import { type Refusal, refusalSchema, repeatRefusal, toRefusal } from './refusal.js'

/** The login that a code belongs to. */
interface LoginOfCode {
  id: string
  /** The scope that the login asked for. */
  scope: string
}

/** The grant that WeChat gave for a code, and what the app added to the login. */
export interface ExchangedLogin extends AcceptedLogin {
  grant: UserGrant
  /** Whether an earlier callback exchanged the code. */
  isRepeat: boolean
}

export interface AcceptedLogin {
  /** The values that the app's `onLogin` adds to the session. */
  values: LoginValues
  /** The person's new token, if the old one had expired and `onLogin` asked for the profile. */
  userToken?: UserToken | undefined
}

export interface LoginStep {
  /** Accepts the login before any session holds it, or refuses it by throwing. */
  accept(grant: UserGrant): AcceptedLogin | Promise<AcceptedLogin>
  /** The longest time that `accept` can take, in milliseconds. */
  timeoutMs: number
}

interface Outcome {
  grant?: UserGrant
  accepted?: AcceptedLogin
  refusal?: Refusal
  failure?: string
  /** Whether `failure` is a {@link LostGrantError}, so that a repeated callback restarts the login too. */
  isGrantLost?: boolean
  error?: unknown
}

/** The claim of a login lasts longer than its state, which is accepted for 630 s, so that no code is exchanged twice. */
const CLAIM_MS = 660_000
const OUTCOME_MS = 60_000
const POLL_MS = 50
/**
 * The first callback stores an empty outcome before the exchange, and the complete one after it. A second callback
 * waits this long for the empty one, and for the complete one as long as the exchange and `accept` may take, plus this.
 */
const GRACE_MS = 1_000
const NOTHING_ADDED: AcceptedLogin = { values: {} }
const ACCEPT_ALL: LoginStep = { accept: () => NOTHING_ADDED, timeoutMs: 0 }

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
  accepted: z
    .object({ values: z.record(z.string(), z.json()), userToken: userTokenSchema.optional() })
    .optional(),
  refusal: refusalSchema.optional(),
  failure: z.string().optional(),
  isGrantLost: z.boolean().optional(),
  isEnded: z.boolean().optional(),
})

/**
 * Exchanges the code of a login once, and accepts the login once, although WeChat's callback can come twice: Android
 * repeats it, and people press Back. The first callback claims the login in the token store. Each other callback of the
 * same browser waits for the outcome of the first, also in another process.
 *
 * Resolves to undefined if the login was used before, and its outcome (kept for 60 s) is missing or was ended.
 *
 * @throws {LostGrantError} if WeChat spent the code and its answer was lost, for all callbacks of the login
 * @throws {WechatError} the error of the exchange or of the acceptance, for the first callback and the others alike
 */
export async function exchangeOnce(
  context: AccountContext,
  login: LoginOfCode,
  code: string,
  step = ACCEPT_ALL,
): Promise<ExchangedLogin | undefined> {
  const key = claimKey(context, login.id)
  const isClaimed = await callStore(context, store => store.claim(key, CLAIM_MS))
  if (!isClaimed) return awaitOutcome(context, `${key}:outcome`, step.timeoutMs)

  // Only a second callback needs the outcome, so the login goes on if the store fails from here on.
  await keepOutcome(context, key, {})
  const outcome = await exchangeAndAccept(context, login, code, step)
  await keepOutcome(context, key, toStored(outcome))
  const { error, grant, accepted = NOTHING_ADDED } = outcome
  if (grant) return { ...accepted, grant, isRepeat: false }
  throw error
}

async function exchangeAndAccept(
  { client }: AccountContext,
  login: LoginOfCode,
  code: string,
  step: LoginStep,
): Promise<Outcome> {
  try {
    const answer = await exchangeCode(client, code)
    // WeChat can leave the scope out of its answer, which means the scope that the login asked for.
    const grant = { ...answer, scope: answer.scope || login.scope }
    return { grant, accepted: await step.accept(grant) }
  } catch (error) {
    if (error instanceof WechatRequestError) return { refusal: toRefusal(error), error }
    return { failure: failureToReason(error), error }
  }
}

/**
 * Replaces the stored outcome of a login that has ended, so that a repeated callback does not log the person in again.
 * The claim stays, so the code is not exchanged again either.
 */
export function endOutcome(context: AccountContext, loginId: string): Promise<void> {
  return keepOutcome(context, claimKey(context, loginId), { isEnded: true })
}

/** Whether a login has ended within the last 60 seconds; false if the store fails. */
export async function isOutcomeEnded(context: AccountContext, loginId: string): Promise<boolean> {
  const key = `${claimKey(context, loginId)}:outcome`
  const text = await callStore(context, store => store.get(key)).catch(() => undefined)
  return parseOutcome(text ?? '{}')?.isEnded === true
}

function claimKey({ keyPrefix }: AccountContext, loginId: string): string {
  return `${keyPrefix}:login:${loginId}`
}

async function keepOutcome(
  context: AccountContext,
  key: string,
  outcome: Outcome | { isEnded: true },
): Promise<void> {
  const text = JSON.stringify(outcome)
  await callStore(context, store => store.put(`${key}:outcome`, text, OUTCOME_MS)).catch(() => {})
}

/**
 * Returns the outcome that is stored for a second callback: without the error, and without the person's tokens unless
 * the login has the scope `snsapi_userinfo`.
 */
function toStored({ error, ...stored }: Outcome): Outcome {
  const { grant } = stored
  if (error instanceof LostGrantError) return { ...stored, isGrantLost: true }
  if (!grant || hasScope(grant.scope, 'snsapi_userinfo')) return stored
  return { ...stored, grant: { ...grant, accessToken: '', refreshToken: '' } }
}

async function awaitOutcome(
  context: AccountContext,
  key: string,
  acceptTimeoutMs: number,
): Promise<ExchangedLogin | undefined> {
  const { clock, account } = context
  const startedAt = clock.monotonicMs()
  for (;;) {
    const text = await callStore(context, store => store.get(key))
    const outcome = parseOutcome(text ?? '{}')
    if (!outcome || outcome.isEnded) return undefined
    const { grant, accepted = NOTHING_ADDED, refusal, failure, isGrantLost } = outcome
    if (failure !== undefined) throw toFailure(failure, isGrantLost)
    if (refusal) throw repeatRefusal(refusal)
    if (grant) return { ...accepted, grant: grant as UserGrant, isRepeat: true }
    const waitMs = text === undefined ? GRACE_MS : account.timeoutMs + acceptTimeoutMs + GRACE_MS
    if (clock.monotonicMs() - startedAt > waitMs) return undefined
    await clock.sleep(POLL_MS)
  }
}

function toFailure(reason: string, isGrantLost = false): WechatError {
  const failure = reasonToFailure(reason, 0)
  if (!isGrantLost || !(failure instanceof WechatApiError)) return failure
  return new LostGrantError(failure.endpoint, failure.errcode, failure.errmsg)
}

/** Parses a stored outcome. Returns undefined if other software wrote the text; the login then begins again. */
function parseOutcome(text: string): z.output<typeof outcomeSchema> | undefined {
  try {
    return outcomeSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
