// The messages between people and the account. The server and the dashboard import this file, so it needs neither a DOM
// nor Node.

/** What a person sends to the account. */
export type PersonMessage =
  | { type: 'text'; content: string }
  /** Without a `mediaId`, the simulator stores a small picture and sends that. */
  | { type: 'image'; mediaId?: string | undefined; picUrl?: string | undefined }
  /** Without a `mediaId`, the simulator stores a second of silence and sends that. */
  | { type: 'voice'; mediaId?: string | undefined; recognition?: string | undefined }
  | { type: 'video' | 'shortvideo'; mediaId: string; thumbMediaId?: string | undefined }
  | {
      type: 'location'
      /** Degrees north. */
      latitude: number
      /** Degrees east. */
      longitude: number
      scale?: number | undefined
      label?: string | undefined
    }
  | { type: 'link'; title: string; description?: string | undefined; url: string }
  /** An event that has no function of its own, such as `TEMPLATESENDJOBFINISH`, with its fields as the platform spells them. */
  | { type: 'event'; event: string; fields?: Readonly<Record<string, string | number>> | undefined }

/** What the account sends: a passive reply, or a customer-service message. */
export type AccountMessage =
  | { type: 'text'; content: string }
  | { type: 'image' | 'voice'; mediaId: string }
  | { type: 'video'; mediaId: string; title?: string | undefined; description?: string | undefined }
  | {
      type: 'music'
      thumbMediaId: string
      title?: string | undefined
      description?: string | undefined
      musicUrl?: string | undefined
      hqMusicUrl?: string | undefined
    }
  | {
      type: 'news'
      title: string
      description?: string | undefined
      picUrl?: string | undefined
      url: string
    }

/** A template message or a subscription notice. */
export interface NoticeMessage {
  type: 'template' | 'notice'
  templateId: string
  data: Readonly<Record<string, string>>
  url?: string | undefined
}

/** What a person did. `key` is that of the menu item or the scene, or the address of a page. */
export interface PersonAction {
  type: 'follow' | 'unfollow' | 'scan' | 'menu' | 'view'
  key?: string | undefined
}

/** One line of a conversation. */
export interface ChatEntry {
  /** The ids count up from 1. */
  readonly id: number
  /** Simulated time in milliseconds. */
  readonly at: number
  readonly from: 'person' | 'account' | 'platform'
  /** `failure` is what the platform shows if the account's answer is wrong or missing. */
  readonly content:
    | PersonMessage
    | PersonAction
    | AccountMessage
    | NoticeMessage
    | { type: 'failure'; content: string }
  /** The kind of message that the account sent; absent for lines of the person or the platform. */
  readonly by?: 'reply' | 'customer-service' | 'template' | 'notice'
  /** Whether the simulator still waits for the account's answer. */
  isPending?: boolean
  /** Tells the developer why nothing was pushed, or why the answer was refused. */
  reason?: string
}

/** One delivery of a push to the app. */
export interface PushDelivery {
  /** Simulated time in milliseconds. */
  readonly at: number
  /** The HTTP status; undefined if there was no answer. */
  readonly status: number | undefined
  /**
   * `success`: the app answered `success` or nothing. `timeout`: no answer within 5 s. `no-connection`: the app can't be
   * reached. `bad-status`: the status is not 200. `invalid`: the answer is neither `success` nor a reply.
   */
  readonly answer: 'reply' | 'success' | 'timeout' | 'no-connection' | 'bad-status' | 'invalid'
  readonly reason?: string
}

/** How the account answered a push. */
export interface PushResult {
  /**
   * `reply`: the person sees it; `no-reply`: the app answered `success` or nothing; `failure`: the person sees that the
   * account's service has failed; `not-pushed`: there is no usable push URL, the platform pauses, or the simulator was
   * closed or reset.
   */
  readonly outcome: 'reply' | 'no-reply' | 'failure' | 'not-pushed'
  readonly reply?: AccountMessage
  /** Tells the developer why the outcome is `failure` or `not-pushed`. */
  readonly reason?: string
  readonly deliveries: readonly PushDelivery[]
}

/** A button of the account's menu. */
export interface MenuButton {
  name: string
  type?: string | undefined
  key?: string | undefined
  url?: string | undefined
  /** The app id of the mini program that the button opens. */
  appid?: string | undefined
  pagepath?: string | undefined
  sub_button?: MenuButton[] | undefined
}

/** The conversation that the dashboard shows. */
export interface DashboardChat {
  personId: string
  isFollower: boolean
  hasPushUrl: boolean
  entries: readonly ChatEntry[]
  menu: readonly MenuButton[]
}
