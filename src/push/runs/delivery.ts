import type { WechatReply } from '../replies/reply.js'

/** One of the up to three deliveries of a message, each a request of its own. */
export interface Delivery {
  /** The id of the message, which is the same for all its deliveries. */
  id: string
  /** When its request arrived, by `clock.monotonicMs()`. */
  arrivedAt: number
  /** Runs the handler of the app. It does not throw. */
  run(): Promise<WechatReply | undefined>
  /** Gets a reply that no delivery can carry any more. It does not throw. */
  late(reply: WechatReply): Promise<void>
  isOpen(): boolean
  /** Resolves when the connection has closed. */
  closed: Promise<void>
}

/** The outcome of a delivery that gets no answer at all, so that WeChat delivers the message again. */
export const UNANSWERED = Symbol('unanswered')

/** A reply, undefined for an answer without a reply, or {@link UNANSWERED}. */
export type DeliveryOutcome = WechatReply | undefined | typeof UNANSWERED

/** An answer is sent within this time, because WeChat gives up after 5 s, the network and the body's reading included. */
export const ANSWER_WITHIN_MS = 4_500
/** The last delivery ends this long after the first arrived: WeChat delivers three times, 5 s apart. */
export const LAST_DELIVERY_ENDS_MS = 15_000
/** A message's claim is kept as long as its timestamp is accepted: from ten minutes before it to ten minutes after it. */
export const KEY_MS = 1_200_000
/** The deliveries of one message are over within this time. */
export const DELIVERIES_MS = 60_000
