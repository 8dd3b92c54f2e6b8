import { parseOptions, type SimulatorOptions } from './config.js'
import type { Faults } from './platform/faults.js'
import type { History } from './platform/history.js'
import { type AuthorizeCheck, checkAuthorizeQuery } from './platform/login/authorization.js'
import type { MediaUpload } from './platform/media.js'
import type { PushSettings } from './platform/messages/push-settings.js'
import type { People } from './platform/people.js'
import { createPlatform, type Platform } from './platform/platform.js'
import type { PlatformConfig } from './platform/platform-config.js'
import type { ChatEntry, PersonMessage, PushResult } from './protocol/messages.js'
import type { ScenarioName } from './protocol/scenarios.js'
import { playScenario, type ScenarioResult } from './scenarios.js'
import { restoreState, saveState } from './state/platform-state.js'
import { parseSavedState, type SavedState } from './state/saved-state.js'
import { readStateFile } from './state/state-file.js'

/** What a person decides on the authorize page. */
export interface ApproveOptions {
  /** The id of the person who decides. @default the first person */
  personId?: string
  /** The person refuses. @default false */
  refuse?: boolean
  /** WeChat shows a snapshot page, and a virtual user logs in. @default what the address asks for */
  snapshot?: boolean
}

/** Controls a simulated WeChat: its clock, people, history, faults and credentials. */
export interface Simulator {
  readonly appId: string
  readonly appSecret: string
  /** The key that the control API demands as `X-Simulator-Key` for every change. */
  readonly controlKey: string
  /** The simulated time in milliseconds. */
  now(): number
  /** Moves the simulated time forward, so that tokens, codes and media expire. */
  advance(ms: number): void
  /** Changes settings of the account and the platform. */
  configure(changes: Partial<PlatformConfig>): void
  readonly people: People
  /** The calls and pushes so far, without secrets and tokens. */
  readonly history: History
  readonly faults: Faults
  /**
   * Decides on the authorize page for a person, and returns the address that their browser opens next. Undefined if
   * WeChat makes no callback: on an error page, without `#wechat_redirect`, after a refusal with `no-callback`.
   */
  approve(authorizeUrl: string | URL, options?: ApproveOptions): string | undefined
  /** Returns whether WeChat would show the login or an error page, and why. */
  checkAuthorizeUrl(authorizeUrl: string | URL): AuthorizeCheck
  /** All valid account tokens, the newest last. */
  readonly currentAccessTokens: readonly string[]
  readonly currentJsapiTicket: string
  /** Refuses this account token, or all, with 40001 from now on, as if another program had fetched a new one. */
  revokeAccessToken(accessToken?: string): void
  /** Refuses this account token, or all, with 42001 from now on. */
  expireAccessToken(accessToken?: string): void
  /** Replaces the `jsapi_ticket` before it expires, and returns the new one. */
  rotateJsapiTicket(): string
  /** Returns a new app secret. The old one is refused at once; tokens stay valid. */
  resetAppSecret(): string
  /** Freezes the app secret: ten minutes later, calls with it get 40243. Its value stays. */
  freezeAppSecret(): void
  /** Ends the freeze of the app secret, ten minutes later. */
  unfreezeAppSecret(): void
  /** Confirms all addresses that wait for the administrator (89503). */
  confirmNewCallers(): void
  /** Refuses all waiting addresses: with 89507 for an hour, after a second time with 89506 for 24 hours. */
  refuseNewCallers(): void
  /** Ends the logins of this person, or of all people. */
  revokeUserTokens(openid?: string): void
  /** Stores media without the platform's checks, and returns its `media_id`. */
  uploadMedia(upload: MediaUpload): string
  /**
   * Checks the push URL as the console does, and pushes there from now on; undefined ends that.
   *
   * @throws {TypeError} if the app fails the check or a setting is wrong. The earlier settings stay then.
   */
  setPush(settings: PushSettings | undefined): Promise<void>
  /**
   * Pushes what a follower sends, and shows the answer in the conversation. Without an answer of status 200 it is pushed
   * up to three times, five seconds of real time or `advance()` apart.
   *
   * @throws {TypeError} if there is no such person, or they don't follow the account.
   */
  push(personId: string, message: PersonMessage): Promise<PushResult>
  /** The person follows the account. @throws {TypeError} if they do already. */
  follow(personId: string): Promise<PushResult>
  /** The person leaves the account. @throws {TypeError} if they don't follow it. */
  unfollow(personId: string): Promise<PushResult>
  /**
   * The person scans a QR code, named by its scene, ticket or address. A stranger thereby follows the account.
   *
   * @throws {TypeError} if the code has expired.
   */
  scan(personId: string, scene: string): Promise<PushResult>
  /** A follower presses a menu item with this key or address. @throws {TypeError} if the menu has none. */
  pressMenu(personId: string, key: string): Promise<PushResult>
  /** The person accepts one subscription notice (订阅通知) of this template. @throws {TypeError} if there is no such person. */
  subscribe(personId: string, templateId: string): void
  /** The conversation of a person with the account, the oldest line first. */
  chat(personId: string): readonly ChatEntry[]
  /**
   * Plays a scenario of the dashboard, such as `token revoked elsewhere`. The result names the person who has to use the
   * phone then; none if any person may.
   *
   * @throws {TypeError} if no scenario has this name.
   */
  scenario(name: ScenarioName): ScenarioResult
  /** Returns the state for JSON: people, clock, settings, tokens, media. All data are simulated. */
  exportState(): SavedState
  /**
   * Replaces the state by one that `exportState` gave. The app id and the secret stay.
   *
   * @throws {TypeError} if it is no such state. Nothing changes then.
   */
  importState(state: unknown): void
  /** Restores the first state: the first people, the real time, no tokens, media, faults and conversations. */
  reset(): void
}

export interface CreatedSimulator {
  simulator: Simulator
  platform: Platform
  /** The port that the state file names; undefined without one. */
  savedPort: number | undefined
}

export function createSimulator(options?: SimulatorOptions): CreatedSimulator {
  const saved = options?.stateFile === undefined ? undefined : readStateFile(options.stateFile)
  const settings = parseOptions(withSaved(options, saved))
  const platform = createPlatform(settings)
  const initialState = saveState(platform)
  // The options of this start override the settings of the file.
  if (saved) restoreState(platform, { ...saved, config: { ...saved.config, ...settings.changes } })
  const { account, accessTokens, config, clock, people, tickets } = platform

  function checkAuthorizeUrl(authorizeUrl: string | URL): AuthorizeCheck {
    const url = new URL(authorizeUrl)
    if (!url.pathname.endsWith('/connect/oauth2/authorize')) {
      return { isAcceptable: false, errorPage: undefined, reason: `${url.pathname} is no authorize address` }
    }
    if (url.hash !== '#wechat_redirect') {
      return { isAcceptable: false, errorPage: undefined, reason: 'the address lacks #wechat_redirect' }
    }
    return checkAuthorizeQuery(url.searchParams, account.appId, config)
  }

  const simulator: Simulator = {
    appId: account.appId,
    get appSecret() {
      return account.appSecret
    },
    controlKey: platform.controlKey,
    now: clock.now,
    advance: clock.advance,
    configure: platform.configure,
    people,
    history: platform.history,
    faults: platform.faults,
    approve(authorizeUrl, { personId, refuse = false, snapshot = false } = {}) {
      const person = personId === undefined ? people.list()[0] : people.get(personId)
      if (!person) throw new TypeError(`approve: there is no person "${personId}"`)
      const check = checkAuthorizeUrl(authorizeUrl)
      if (!check.isAcceptable) return undefined
      if (config.testAccount && !person.isFollower) return undefined
      return platform.callbackAfter(check.request, { person, isRefused: refuse, isSnapshot: snapshot })
    },
    checkAuthorizeUrl,
    get currentAccessTokens() {
      return accessTokens.current()
    },
    get currentJsapiTicket() {
      return tickets.current('jsapi')
    },
    revokeAccessToken: accessTokens.revoke,
    expireAccessToken: accessTokens.expire,
    rotateJsapiTicket: () => tickets.rotate('jsapi'),
    resetAppSecret: account.resetSecret,
    freezeAppSecret: () => account.setSecretFrozen(true),
    unfreezeAppSecret: () => account.setSecretFrozen(false),
    confirmNewCallers: account.newCallers.confirm,
    refuseNewCallers: account.newCallers.refuse,
    revokeUserTokens: platform.userTokens.revoke,
    uploadMedia: upload => platform.media.store(upload).mediaId,
    setPush: settings => platform.messages.pushService.set(settings),
    push: platform.messages.push,
    follow: platform.messages.follow,
    unfollow: platform.messages.unfollow,
    scan: platform.messages.scan,
    pressMenu: platform.messages.pressMenu,
    subscribe(personId, templateId) {
      if (!people.get(personId)) throw new TypeError(`subscribe: there is no person "${personId}"`)
      platform.messages.subscriptions.accept(personId, templateId)
    },
    chat: platform.messages.chats.entries,
    scenario: name => playScenario(platform, name),
    exportState: () => saveState(platform),
    importState: state => restoreState(platform, parseSavedState(state)),
    reset: () => restoreState(platform, initialState),
  }
  return { simulator, platform, savedPort: saved?.port }
}

/** Adds the app id and the secret of the state file to the options, unless these name others. */
function withSaved(options: SimulatorOptions = {}, saved: SavedState | undefined): SimulatorOptions {
  if (!saved) return options
  return {
    ...options,
    appId: options.appId ?? saved.appId,
    appSecret: options.appSecret ?? saved.appSecret,
  }
}
