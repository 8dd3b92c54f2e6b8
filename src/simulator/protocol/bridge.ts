// The requests between a page's bridge and the simulator's server, and the settings that a test may make.
// Both sides import this file, so it needs neither a DOM nor Node.
//
//   POST {baseUrl}/simulator/page/preverify              PreverifyRequest -> PreverifyAnswer
//   POST {baseUrl}/simulator/page/pay-sign               the fields of chooseWXPay -> PaySignAnswer
//   POST {baseUrl}/simulator/page/media?type=image       the file's bytes under its own type -> MediaUploadAnswer
//   POST {baseUrl}/simulator/page/media?type=voice&split=N
//                                                        application/octet-stream: N bytes of PCM at 8 kHz, then PCM
//                                                        at 16 kHz, both 16 bit little endian mono. The server makes
//                                                        AMR of the first and speex of the second.
//                                                        -> MediaUploadAnswer
//   GET  {baseUrl}/simulator/page/media/{media_id}       an image's bytes as they came; 404 for an unknown one
//   GET  {baseUrl}/simulator/page/media/{media_id}?format=wav
//                                                        a voice as audio/wav, since Chromium plays no AMR
//
// The page has the app's origin, so all these addresses answer CORS requests without credentials, and their preflights
// (POST, Content-Type). `preverify` answers any origin, so that it can tell a page that it is outside the safe domains.

/**
 * The WeChat client that is simulated. On `ios`, the signature is verified for the URL of the first page instead of the
 * current one. The client also decides which fields of a result are JSON text.
 */
export type Profile = (typeof profiles)[number]

export const profiles = ['android', 'ios', 'desktop', 'harmony', 'devtools'] as const

export function isProfile(value: unknown): value is Profile {
  return profiles.some(profile => profile === value)
}

export interface PreverifyRequest {
  /**
   * The address that the client verifies: the page's own without its fragment; on iOS that at which the page was first
   * opened.
   */
  url: string
  /** The page's whole address at this moment, by which the server finds out what was signed instead. */
  href: string
  landingUrl: string
  profile: Profile
  appId: string
  timestamp: string
  nonceStr: string
  signature: string
  /** Names as the official script gives them to the bridge: `geoLocation`, not `getLocation`. */
  jsApiList: string[]
  openTagList: string[]
}

export interface PreverifyAnswer {
  isAccepted: boolean
  /** `config:ok`, or WeChat's own words of refusal: `config:invalid signature`, `config:invalid url domain`, … */
  errMsg: string
  /** The exact string whose SHA-1 the signature has to be. Empty if the simulator could not be reached. */
  signedText: string
  /** Tells the developer why the `wx.config` was refused; empty if it was accepted. */
  hint: string
  /** The hint in Chinese. */
  hintZh?: string
  /** The mistake, if the signature fits one of {@link signedUrlMistakes}. It is shown instead of the hint. */
  mistake?: { zh: string; en: string }
}

/** The result of verifying the `paySign` of a payment. */
export interface PaySignature {
  isValid: boolean
  /** The text that `paySign` has to sign, with `…` for the key. */
  signedText: string
  /** Why the signature could not be verified; absent if it was verified. */
  reason?: 'sign type' | 'key' | 'no crypto'
}

/** The answer has no signature if the simulator was started without `payKey`. */
export interface PaySignAnswer {
  signature?: PaySignature
}

export interface MediaUploadAnswer {
  media_id: string
}

/**
 * `window.__wxsimConfig`. The server writes its part in front of the bridge; what a page or a test has set before
 * stays: `window.__wxsimConfig = { ...fromServer, ...window.__wxsimConfig }`.
 */
export interface BridgeSettings {
  /**
   * The simulator's origin.
   * @default '' the page's own
   */
  baseUrl?: string
  /** The simulated client, unless the developer chose another. @default what the User-Agent says, else `android` */
  profile?: Profile
  /**
   * WeChat's version in the User-Agent.
   * @default '8.0.49', or '1.0.3.11' on HarmonyOS
   */
  version?: string
  /** The language of the sheets. @default the browser's own if that is English, else Chinese */
  language?: 'zh' | 'en'
  /**
   * Milliseconds until `WeixinJSBridge` appears. WeChat's bridge is late too, which pages have to expect.
   * @default 80
   */
  bridgeDelay?: number
  /**
   * `auto` records from the microphone, or a built-in tune without one. `canned` records the tune, `deny` is a refusal.
   * @default 'auto'
   */
  mic?: 'auto' | 'canned' | 'deny'
  /**
   * How lists and objects reach the page on HarmonyOS: as they are, or as JSON text. Which one a real phone does is not
   * known, so a page has to take both.
   * @default 'object'
   */
  harmonyEncoding?: 'object' | 'text'
  /** What the next scans find; without it a sheet asks. */
  scanResult?: string
  /** The network that `wx.getNetworkType` reports. @default 'wifi' */
  network?: NetworkType
  /** Where the phone is, in WGS-84; without it a sheet asks. */
  location?: SimulatedLocation
  /** How payments end; without it a sheet asks. */
  payResult?: 'ok' | 'cancel' | 'fail'
  /**
   * Verifies `paySign`: the merchant's key for `MD5` and `HMAC-SHA256`, or a public key in PEM for `RSA`. The page can
   * read it, so it must be a key for tests. Without it the signature is not verified, unless the pay sheet gets a key.
   */
  payKey?: string
  /**
   * A recording ends by itself after so many milliseconds. In WeChat it is a minute.
   * @default 60000
   */
  maxRecordMs?: number
  /** Replies by a function's name in `wx` or on the bridge. The function gives its reply without showing a sheet. */
  presets?: Record<string, BridgeReply>
  /**
   * Whether the page has the badge at its edge, which opens the menu.
   * @default true, but false in the dashboard's phone
   */
  badge?: boolean
}

export type NetworkType = 'wifi' | '5g' | '4g' | '3g' | '2g' | 'none'

export interface SimulatedLocation {
  latitude: number
  longitude: number
  speed?: number
  accuracy?: number
}

/** The dashboard's phone names its frame `wxsim-phone ios`, so that the page knows its profile before any script runs. */
export const phoneFrameName = /^wxsim-phone (android|ios|desktop|harmony|devtools)$/

/** A message from the dashboard's phone to the page in its frame. */
export interface PhoneMessage {
  wxsim: 'hello' | 'menu' | 'reload'
}

/**
 * A message from a page whose bridge has just started. The phone answers with `hello`, because its `hello` after the
 * load of the frame comes too early if the page loads the script later.
 */
export interface ArrivalMessage {
  wxsim: 'here'
}

/** One call of the page to its bridge, as the dashboard's log shows it. */
export interface LoggedCall {
  /** Counts up from 0 within the page. */
  index: number
  name: string
  /** The arguments as JSON text, cut if it is long. */
  args: string
  /** When the page called, in real milliseconds since the epoch. */
  at: number
  /** The reply as JSON text, cut if it is long; absent until there is one. */
  reply?: string
  /** `ok`, `cancel`, `fail…`: what stands after the colon of `err_msg`. */
  result?: string
  durationMs?: number
}

/**
 * A message from the page to the phone around it: the calls that are new or have got their reply since the last
 * message.
 */
export interface CallsMessage {
  wxsim: 'calls'
  /** The id of this load of a page; each load has a new one. */
  pageId: string
  url: string
  calls: LoggedCall[]
}

/** A message from the page to the phone around it: after each `hello`, and whenever something of it changes. */
export interface PageMessage {
  wxsim: 'page'
  title: string
  url: string
  profile: Profile
  /** The result of the last `wx.config`; null before the first. */
  verdict: { isAccepted: boolean; errMsg: string; reason?: string } | null
}

/** What the bridge returns to the official script. In `err_msg`, the result follows a colon. */
export interface BridgeReply {
  err_msg?: string
  [field: string]: unknown
}

/** One call of `invoke` by the page. */
export interface BridgeCall {
  readonly name: string
  readonly args: Record<string, unknown>
  /** When the page called, in real milliseconds since 1970. */
  readonly at: number
  readonly reply?: BridgeReply
  readonly durationMs?: number
}

/** `window.__wxsim`, for tests and for the console. */
export interface BridgeHook {
  /** Every `invoke`, in order, with its reply once there is one. */
  readonly calls: readonly BridgeCall[]
  readonly state: BridgeState
  /** Answers `api` (its `wx` or bridge name) with `reply` from now on; `undefined` takes that back. */
  preset(api: string, reply: BridgeReply | undefined): void
  /** Fires an event for the listeners that the page registered with `on`. */
  emit(event: string, payload?: Record<string, unknown>): void
  /** Puts a file on the phone, as if it had been chosen or recorded. Returns its `localId`. */
  addLocal(kind: 'image' | 'voice', file: unknown): string
}

export interface BridgeState {
  profile: Profile
  /** Bridge names that the last `wx.config` was granted. */
  granted: string[]
  /** The granted functions that the simulator lacks, by their names in `wx`. */
  notSimulated: string[]
  /** The open tags that the last `wx.config` was granted. */
  openTags: string[]
  /** The answer to the last `wx.config`; undefined before the first. */
  verdict: PreverifyAnswer | undefined
  network: NetworkType
  location: SimulatedLocation | undefined
  /** What the page set with `updateAppMessageShareData` and `updateTimelineShareData`. */
  share: { appMessage?: Record<string, unknown>; timeline?: Record<string, unknown> }
  /** Menu items that the page hid; `*` is the whole menu. */
  hiddenMenuItems: string[]
  recording: boolean
  closed: boolean
}
