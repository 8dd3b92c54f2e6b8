import {
  type BridgeSettings,
  isProfile,
  type NetworkType,
  type Profile,
  phoneFrameName,
  type SimulatedLocation,
} from '../protocol/bridge.js'
import { isSimulatedUserAgent } from '../protocol/identity.js'

/** {@link BridgeSettings} with every default filled in. */
export interface Settings {
  baseUrl: string
  profile: Profile
  version: string
  language: 'zh' | 'en'
  bridgeDelay: number
  /** Whether lists and objects reach the page as JSON text. */
  isTextEncoded: boolean
  mic: 'auto' | 'canned' | 'deny'
  scanResult: string | undefined
  network: NetworkType
  location: SimulatedLocation | undefined
  payResult: 'ok' | 'cancel' | 'fail' | undefined
  payKey: string | undefined
  maxRecordMs: number
  presets: NonNullable<BridgeSettings['presets']>
  badge: boolean
}

const profileKey = 'wxsim:profile'

export function readSettings(): Settings {
  const given: BridgeSettings = window.__wxsimConfig ?? {}
  const profile =
    profileOfPhone() ??
    chosenProfile() ??
    given.profile ??
    profileOfUserAgent(navigator.userAgent) ??
    'android'
  return {
    baseUrl: (given.baseUrl ?? '').replace(/\/$/, ''),
    profile,
    version: given.version ?? (profile === 'harmony' ? '1.0.3.11' : '8.0.49'),
    isTextEncoded: profile === 'android' || (profile === 'harmony' && given.harmonyEncoding === 'text'),
    language: given.language ?? browserLanguage(),
    bridgeDelay: given.bridgeDelay ?? 80,
    mic: given.mic ?? 'auto',
    scanResult: given.scanResult,
    network: given.network ?? 'wifi',
    location: given.location,
    payResult: given.payResult,
    payKey: given.payKey,
    maxRecordMs: given.maxRecordMs ?? 60_000,
    presets: { ...given.presets },
    // In the dashboard's phone the bar above the page opens the menu, so no badge is needed.
    badge: given.badge ?? profileOfPhone() === undefined,
  }
}

/** Keeps the profile that the developer chose in the menu, for this tab. */
export function chooseProfile(profile: Profile): void {
  if (profileOfPhone()) {
    window.name = `wxsim-phone ${profile}`
    return
  }
  try {
    sessionStorage.setItem(profileKey, profile)
  } catch {
    // A sandboxed frame has no storage, so the choice has no effect there.
  }
}

function profileOfPhone(): Profile | undefined {
  const [, profile] = phoneFrameName.exec(window.parent === window ? '' : window.name) ?? []
  return isProfile(profile) ? profile : undefined
}

function chosenProfile(): Profile | undefined {
  try {
    const chosen = sessionStorage.getItem(profileKey)
    return isProfile(chosen) ? chosen : undefined
  } catch {
    return undefined
  }
}

/** Undefined without the simulator's mark: a plain browser's system does not say which WeChat client to simulate. */
export function profileOfUserAgent(userAgent: string): Profile | undefined {
  if (!isSimulatedUserAgent(userAgent)) return undefined
  if (/openharmony/i.test(userAgent)) return 'harmony'
  if (/wechatdevtools/i.test(userAgent)) return 'devtools'
  if (/android/i.test(userAgent)) return 'android'
  return /iphone|ipad/i.test(userAgent) ? 'ios' : 'desktop'
}

function browserLanguage(): 'zh' | 'en' {
  const first = navigator.languages.find(language => /^(zh|en)\b/i.test(language))
  return first && /^en/i.test(first) ? 'en' : 'zh'
}
