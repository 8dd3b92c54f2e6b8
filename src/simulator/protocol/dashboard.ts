// What the dashboard reads from the simulator's server. Both sides import this file, so it needs neither a DOM nor Node.
//
//   GET {base}/simulator/dashboard     DashboardSnapshot
//   GET {base}/simulator/events   server-sent events without content: something has changed, read the snapshot again
//
// What changes something goes through the control API, with its key.

export interface DashboardSnapshot {
  appId: string
  /** The simulated time in milliseconds. */
  now: number
  /** Who is at the phone, as far as this browser is concerned; null is asked at each login. */
  personId: string | null
  people: DashboardPerson[]
  accessTokens: DashboardCredential[]
  tickets: DashboardCredential[]
  media: DashboardMedia[]
  /** Readable names of what is still to come, by path. */
  faults: Record<string, string[]>
  switches: DashboardSwitches
  history: DashboardCall[]
}

export interface DashboardPerson {
  id: string
  nickname: string
  openid: string
  isFollower: boolean
}

export interface DashboardCredential {
  /** Its first characters; never the whole of it. */
  shortened: string
  /** As it stands in the history. */
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

/** The settings that the dashboard can switch. */
export interface DashboardSwitches {
  ipWhitelist: boolean
  snapshotPage: boolean
  doubleCallback: boolean
  cookieLoss: boolean
}

export interface DashboardCall {
  at: number
  method: string
  path: string
  parameters: Readonly<Record<string, string>>
  status?: number
  errcode?: number
  errorPage?: number
  warnings?: readonly string[]
  fault?: string
}
