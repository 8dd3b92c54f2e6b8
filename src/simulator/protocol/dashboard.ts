// What the dashboard reads from the simulator's server. Both sides import this file, so it needs neither a DOM nor Node.
//
//   GET {base}/simulator/dashboard     DashboardSnapshot
//   GET {base}/simulator/dashboard/calls/{id}   CallDetail
//   GET {base}/simulator/events   server-sent events without content: something has changed, read the snapshot again
//   POST {base}/simulator/probe   {url} -> ProbeAnswer, with the key, from the dashboard's own origin
//
// The dashboard makes changes by the control API, with its key.

import type { DashboardChat } from './messages.js'

export interface DashboardSnapshot {
  appId: string
  /** The id of this run of the simulator. Each run has its own id and its own key. */
  run: string
  /** The simulated time in milliseconds. */
  now: number
  /** The person whom this browser has chosen for the phone; null if each login asks. */
  personId: string | null
  people: DashboardPerson[]
  accessTokens: DashboardCredential[]
  tickets: DashboardCredential[]
  media: DashboardMedia[]
  /** The names of the faults that are still planned, by path. */
  faults: Record<string, string[]>
  switches: DashboardSwitches
  history: DashboardCall[]
  /** The conversation of the person who uses the phone, or of the first person if none was chosen. */
  chat: DashboardChat
}

export interface DashboardPerson {
  id: string
  nickname: string
  openid: string
  isFollower: boolean
  unionid: string
  remark: string
  avatarColour: string
}

export interface DashboardCredential {
  /** The first characters of the token or ticket, never all of them. */
  shortened: string
  /** The fingerprint that the history shows in place of the token or ticket. */
  fingerprint: string
  expiresAt: number
  state: 'works' | 'expired' | 'replaced'
}

export interface DashboardMedia {
  mediaId: string
  type: 'image' | 'voice' | 'video' | 'thumb'
  contentType: string
  bytes: number
  createdAt: number
  hasHighQuality: boolean
}

/** Whether each setting that the dashboard can switch is on. */
export interface DashboardSwitches {
  ipWhitelist: boolean
  snapshotPage: boolean
  doubleCallback: boolean
  cookieLoss: boolean
  testAccount: boolean
  requireWechatUserAgent: boolean
  silentForFollowers: boolean
  newCallers: boolean
}

/** One call in the list. Its answer is read by another request: `GET {base}/simulator/dashboard/calls/{id}`. */
export interface DashboardCall {
  id: number
  at: number
  /** True for a push, which the simulator sent to the app. */
  isPush?: boolean
  method: string
  path: string
  parameters: Readonly<Record<string, string>>
  status?: number
  errcode?: number
  errmsg?: string
  durationMs?: number
  /** Whether the call has no answer yet. */
  isRunning: boolean
  errorPage?: number
  warnings?: readonly string[]
  /** `warnings` in Chinese. */
  warningsZh?: readonly string[]
  fault?: string
}

export interface CallDetail extends DashboardCall {
  /** The redacted answer; undefined if none was sent, or if it was written by a fault. */
  answer?: string
}

/**
 * Whether the phone's frame can show a page, and why it can't:
 * `fine`: it can; `not-running`: nothing listens at the address; `no-answer`: no answer within 5 s, or another failure;
 * `framing-forbidden`: the page forbids frames; `foreign-address`: the address is, or redirects to, another machine,
 * which is not asked; `too-many-redirects`: there are more than five.
 */
export type ProbeWord =
  | 'fine'
  | 'not-running'
  | 'no-answer'
  | 'framing-forbidden'
  | 'foreign-address'
  | 'too-many-redirects'

export interface ProbeAnswer {
  word: ProbeWord
}
