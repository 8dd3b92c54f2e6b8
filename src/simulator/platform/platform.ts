import { type Clock, createClock } from '../util/clock.js'
import { createListeners, type Listeners } from '../util/listeners.js'
import { randomUrlSafeText } from '../util/random.js'
import { type AccessTokens, createAccessTokens } from './access-tokens.js'
import { type Account, createAccount } from './account.js'
import { createFaults, type FaultQueue } from './faults.js'
import { createHistory, type WritableHistory } from './history.js'
import { createTickets, type Tickets } from './jssdk/tickets.js'
import { type AuthorizeRequest, callbackUrl } from './login/authorization.js'
import { type Codes, createCodes } from './login/codes.js'
import { createUserTokens, type UserTokens } from './login/user-tokens.js'
import { createSnapshotVisitor, visitorFor } from './login/visitor.js'
import { createMedia, type Media } from './media.js'
import { createMessages, type Messages } from './messages/messages.js'
import type { PushSettings } from './messages/push-settings.js'
import { createPeople, type Person, type RestorablePeople } from './people.js'
import { type PlatformConfig, parseConfigChanges } from './platform-config.js'
import { createQuota, type Quota } from './quota.js'

export interface PlatformSettings {
  appId: string
  appSecret: string
  /** Whether other machines may call the simulator. */
  allowInsecureHost: boolean
  /** The wall clock, in milliseconds since the epoch. */
  now: () => number
  config: PlatformConfig
  /** The key that the control API demands. @default a random one */
  controlKey?: string
  /** The key that verifies `paySign`. Without it, the pay sheet asks for one. */
  payKey?: string | undefined
  /** The push settings. Without them, nothing is pushed. */
  push?: PushSettings | undefined
}

/** What the person decided on the authorize page. */
export interface Consent {
  person: Person
  isRefused: boolean
  isSnapshot: boolean
}

/** The whole state of the simulated platform, in memory only. The HTTP routes read and change it. */
export interface Platform {
  readonly clock: Clock
  readonly config: Readonly<PlatformConfig>
  readonly account: Account
  readonly accessTokens: AccessTokens
  readonly userTokens: UserTokens
  readonly tickets: Tickets
  readonly codes: Codes
  readonly people: RestorablePeople
  readonly media: Media
  readonly messages: Messages
  readonly quota: Quota
  readonly faults: FaultQueue
  readonly history: WritableHistory
  readonly controlKey: string
  /** Notified of each change that the dashboard shows or a saved state holds. */
  readonly changes: Listeners
  readonly allowInsecureHost: boolean
  /** The key is not a part of the state: it is never saved or shown. */
  readonly payKey: string | undefined
  configure(changes: Partial<PlatformConfig>): void
  /** The address that the person's browser opens after their decision; undefined if WeChat only closes the page. */
  callbackAfter(request: AuthorizeRequest, consent: Consent): string | undefined
}

export function createPlatform(settings: PlatformSettings): Platform {
  const { appId, appSecret, allowInsecureHost } = settings
  const config: PlatformConfig = { ...settings.config }
  const changes = createListeners()
  const clock = createClock(settings.now, changes.notify)
  const quota = createQuota(clock, config)
  const codes = createCodes(clock, config)

  const account = createAccount(appId, appSecret, config, clock)
  const people = createPeople(appId, clock.seconds, changes.notify)
  const media = createMedia(clock, changes.notify)
  const history = createHistory(changes.notify)

  return {
    clock,
    config,
    account,
    accessTokens: createAccessTokens(clock, quota, config),
    userTokens: createUserTokens(clock, config),
    tickets: createTickets(clock, config),
    codes,
    people,
    media,
    messages: createMessages(
      { account, allowInsecureHost, changes, clock, history, media, people },
      settings.push,
    ),
    quota,
    faults: createFaults(clock.now, changes.notify),
    history,
    controlKey: settings.controlKey ?? randomUrlSafeText(32),
    changes,
    allowInsecureHost,
    payKey: settings.payKey,
    configure(settingsToChange) {
      // The object is changed in place, because every part above holds a reference to it.
      Object.assign(config, parseConfigChanges(settingsToChange))
      changes.notify()
    },
    callbackAfter({ redirectUri, scope, state, forceSnapshot }, { person, isRefused, isSnapshot }) {
      if (isRefused) {
        return config.refusal === 'state-only' ? callbackUrl(redirectUri, { state }) : undefined
      }
      const visitor = isSnapshot || forceSnapshot ? createSnapshotVisitor() : visitorFor(person)
      return callbackUrl(redirectUri, { code: codes.issue(visitor, scope), state })
    },
  }
}
