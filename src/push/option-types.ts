import type { TokenManagerOption } from '../tokens/manager-option.js'
import type { WechatMessage, WechatMessageOf, WechatMessageType } from './messages/message-types.js'
import type { WechatReply } from './replies/reply.js'

/** A handler returns a reply or nothing; `void` allows one without a `return`. */
type ReplyResult = WechatReply | undefined | void | Promise<WechatReply | undefined> | Promise<void>

/**
 * What an app does with each kind of message. A handler returns what the account says at once, by a function of
 * `reply`, or nothing.
 */
export type WechatMessageHandlers = {
  [Type in Exclude<WechatMessageType, 'unknown'>]?:
    | ((message: WechatMessageOf<Type>) => ReplyResult)
    | undefined
} & {
  /** Gets every message without a handler of its own, and those of unknown kinds. */
  other?: ((message: WechatMessage) => ReplyResult) | undefined
}

/** Gets a reply that came after the last delivery, about 15 s after the first one. */
export type OnLateWechatReply = (message: WechatMessage, reply: WechatReply) => unknown

/** Gets what a handler, or `late`, threw. */
export type OnWechatMessageError = (error: unknown, message: WechatMessage) => unknown

export interface MessageHandlerOptions extends TokenManagerOption {
  /** The Token that was entered in WeChat's console. @default the environment's WECHAT_PUSH_TOKEN */
  token?: string | undefined
  /**
   * The EncodingAESKey of the console, for the secure and the compatible mode: only encrypted pushes are then accepted.
   * During a change of the key, the new and the previous one: `'new,previous'`, or a list.
   * @default the environment's WECHAT_PUSH_AES_KEY, else none: the plain mode
   */
  encodingAesKey?: string | readonly string[] | undefined
  /** What to do with messages and events, by kind. */
  on: WechatMessageHandlers
  /**
   * Gets a reply that came too late for WeChat's last delivery, for example to send it by `sendCustomerMessage`.
   * Without it the reply is lost, with a warning.
   */
  late?: OnLateWechatReply | undefined
  /**
   * Gets what a handler, or `late`, threw. It is reported on the diagnostics channel too, and WeChat is answered
   * `success` in any case, so that it neither delivers again nor tells the person of a failure.
   */
  onError?: OnWechatMessageError | undefined
}
