/** What every message and event has. */
interface MessageBase {
  /** The openid of the person. */
  openid: string
  /** The account's original id, such as `gh_97417a04a28d`. */
  accountId: string
  /** When WeChat made it, in seconds since 1970. */
  createdAtSeconds: number
  /** All fields with the names and values that WeChat sent, for those that have no property here. */
  raw: Readonly<Record<string, unknown>>
}

interface UserMessage extends MessageBase {
  /** WeChat's id of the message, an integer of 64 bits. */
  msgId: string
}

interface TextMessage extends UserMessage {
  type: 'text'
  content: string
}

interface ImageMessage extends UserMessage {
  type: 'image'
  picUrl: string
  mediaId: string
}

interface VoiceMessage extends UserMessage {
  type: 'voice'
  mediaId: string
  /** The format of the recording, such as `amr`. */
  format: string
  /** The `media_id` of the same recording at 16 kHz. */
  mediaId16K?: string | undefined
  /** What was said, if the account has speech recognition. */
  recognition?: string | undefined
}

interface VideoMessage extends UserMessage {
  type: 'video' | 'shortvideo'
  mediaId: string
  thumbMediaId: string
}

interface LocationMessage extends UserMessage {
  type: 'location'
  latitude: number
  longitude: number
  /** The zoom of the map. */
  scale: number
  label: string
}

interface LinkMessage extends UserMessage {
  type: 'link'
  title: string
  description: string
  url: string
}

interface SubscribeEvent extends MessageBase {
  type: 'event.subscribe'
  /** The value of the scene QR code that the person followed by. */
  sceneKey?: string | undefined
  /** The ticket of that QR code. */
  ticket?: string | undefined
}

interface UnsubscribeEvent extends MessageBase {
  type: 'event.unsubscribe'
}

/** A follower scanned a scene QR code. A stranger's scan is `event.subscribe` with `sceneKey`. */
interface ScanEvent extends MessageBase {
  type: 'event.SCAN'
  sceneKey: string
  ticket?: string | undefined
}

interface LocationEvent extends MessageBase {
  type: 'event.LOCATION'
  latitude: number
  longitude: number
  precision: number
}

/** A person pressed a menu item. `eventKey` is the `key` of the item, or the address of the page that it opens. */
interface MenuEvent extends MessageBase {
  type: 'event.CLICK' | 'event.VIEW'
  eventKey: string
}

interface TemplateSentEvent extends MessageBase {
  type: 'event.TEMPLATESENDJOBFINISH'
  msgId: string
  /** `success`, or why the message was not delivered. */
  status: string
}

interface MassSentEvent extends MessageBase {
  type: 'event.MASSSENDJOBFINISH'
  msgId: string
  status: string
  totalCount?: number | undefined
  sentCount?: number | undefined
  errorCount?: number | undefined
}

/** A person accepted or rejected subscription notices, in a dialog or in the account's settings. */
interface SubscriptionEvent extends MessageBase {
  type: 'event.subscribe_msg_popup_event' | 'event.subscribe_msg_change_event'
  items: readonly {
    templateId: string
    /** `accept` or `reject`. */
    status: string
    /** Where the dialog was shown: `1` on a page, `2` in an article. */
    popupScene?: string | undefined
  }[]
}

interface SubscriptionSentEvent extends MessageBase {
  type: 'event.subscribe_msg_sent_event'
  items: readonly {
    templateId: string
    msgId: string
    /** WeChat's error code; 0 if the notice was delivered. */
    errorCode: number
    errorStatus: string
  }[]
}

/** A message whose kind has no type here, or that lacks a field of its kind. */
interface UnknownMessage extends MessageBase {
  type: 'unknown'
  /** The name that WeChat gives to the kind, such as `file` or `event.scancode_push`. */
  kind: string
}

/** What a person sent to the account, or what happened to the account. `type` tells them apart. */
export type WechatMessage =
  | TextMessage
  | ImageMessage
  | VoiceMessage
  | VideoMessage
  | LocationMessage
  | LinkMessage
  | SubscribeEvent
  | UnsubscribeEvent
  | ScanEvent
  | LocationEvent
  | MenuEvent
  | TemplateSentEvent
  | MassSentEvent
  | SubscriptionEvent
  | SubscriptionSentEvent
  | UnknownMessage

export type WechatMessageType = WechatMessage['type']

/** The message of one type: `WechatMessageOf<'event.SCAN'>`. */
export type WechatMessageOf<Type extends WechatMessageType> = OfType<WechatMessage, Type>

/** `Extract` would not find a message whose `type` is a union of several types. */
type OfType<Message extends { type: string }, Type> = Message extends unknown
  ? Type extends Message['type']
    ? Message
    : never
  : never
