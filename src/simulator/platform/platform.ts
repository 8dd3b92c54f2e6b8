import { type AccountBehaviour, parseBehaviourChanges } from '../behaviour.js'
import type { Settings } from '../options.js'
import { type AccessTokens, createAccessTokens } from './access-tokens.js'
import { type Account, createAccount } from './account.js'
import { type AuthorizeRequest, callbackUrl } from './authorization.js'
import { type Clock, createClock } from './clock.js'
import { type Codes, createCodes } from './codes.js'
import { createFaults, type FaultQueue } from './faults.js'
import { createHistory, type WritableHistory } from './history.js'
import { createMedia, type Media } from './media.js'
import { createPeople, type People, type Person } from './people.js'
import { createQuota, type Quota } from './quota.js'
import { randomUrlSafeText } from './random-text.js'
import { createTickets, type Tickets } from './tickets.js'
import { createUserTokens, type UserTokens } from './user-tokens.js'
import { createSnapshotVisitor, visitorFor } from './visitor.js'

export interface Consent {
  person: Person
  isRefused: boolean
  isSnapshot: boolean
}

/** Everything that the simulated platform knows, in memory only. Routes read and change it; it knows no HTTP. */
export interface Platform {
  readonly clock: Clock
  readonly behaviour: Readonly<AccountBehaviour>
  readonly account: Account
  readonly accessTokens: AccessTokens
  readonly userTokens: UserTokens
  readonly tickets: Tickets
  readonly codes: Codes
  readonly people: People
  readonly media: Media
  readonly quota: Quota
  readonly faults: FaultQueue
  readonly history: WritableHistory
  readonly controlKey: string
  readonly allowInsecureHost: boolean
  configure(changes: Partial<AccountBehaviour>): void
  /** Where the person's browser goes after their decision; undefined where WeChat just closes the page. */
  callbackAfter(request: AuthorizeRequest, consent: Consent): string | undefined
}

export function createPlatform(settings: Settings): Platform {
  const { appId, appSecret, allowInsecureHost } = settings
  const behaviour: AccountBehaviour = { ...settings.behaviour }
  const clock = createClock(settings.now)
  const quota = createQuota(clock, behaviour)
  const codes = createCodes(clock, behaviour)

  return {
    clock,
    behaviour,
    account: createAccount(appId, appSecret, behaviour),
    accessTokens: createAccessTokens(clock, quota, behaviour),
    userTokens: createUserTokens(clock, behaviour),
    tickets: createTickets(clock, behaviour),
    codes,
    people: createPeople(appId, clock.seconds),
    media: createMedia(clock),
    quota,
    faults: createFaults(),
    history: createHistory(),
    controlKey: randomUrlSafeText(32),
    allowInsecureHost,
    configure(changes) {
      // In place: every part above holds this one object.
      Object.assign(behaviour, parseBehaviourChanges(changes))
    },
    callbackAfter({ redirectUri, scope, state, forceSnapshot }, { person, isRefused, isSnapshot }) {
      if (isRefused) {
        return behaviour.refusal === 'state-only' ? callbackUrl(redirectUri, { state }) : undefined
      }
      const visitor = isSnapshot || forceSnapshot ? createSnapshotVisitor() : visitorFor(person)
      return callbackUrl(redirectUri, { code: codes.issue(visitor, scope), state })
    },
  }
}
