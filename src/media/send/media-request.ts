import type { OpenedMedia } from '../../wechat-api/media/media.js'
import type { MediaQuery } from '../media-query.js'
import type { Receiver } from './receiver.js'

/** One request for a medium, with what the functions that send it need. */
export interface MediaRequest {
  readonly query: MediaQuery
  readonly receiver: Receiver
  /** Returns the client's network, such as an IPv4 address. */
  getNetwork(): string
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal
  /** The medium's key in the cache: the account, and everything else on which the bytes depend. */
  readonly cacheKey: string
  /** The download ends if the receiver takes nothing for this many milliseconds. */
  readonly idleTimeoutMs: number
  /** Opens the medium at WeChat. */
  open(signal: AbortSignal): Promise<OpenedMedia>
}
