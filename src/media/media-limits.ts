import { z } from 'zod'
import { DEFAULT_VIDEO_HOSTS } from '../wechat-api/media/video-address.js'

export interface MediaLimitOptions {
  /** The largest medium that is passed on, in bytes. @default 20,971,520 (20 MiB) */
  maxBytes?: number | undefined
  /**
   * Milliseconds in which nothing moves, at WeChat's end or at the receiver's, after which a download is given up.
   * @default 10,000
   */
  idleTimeoutMs?: number | undefined
  /** Milliseconds that a download may take in all, once it has begun. @default 300,000 */
  maxDurationMs?: number | undefined
  /**
   * The hosts, each with those below it, from which videos are fetched: WeChat answers for them with an address.
   * @default ['weixin.qq.com', 'qpic.cn', 'qq.com']
   */
  videoHosts?: readonly string[] | undefined
}

const milliseconds = z
  .number('must be a number of milliseconds')
  .int('must be a whole number of milliseconds')
  .min(1, 'must be at least 1 (millisecond)')
  .max(2_147_483_647, 'must be at most 2147483647 (milliseconds)')

export const mediaLimitsShape = {
  maxBytes: z
    .number('must be a number of bytes')
    .int('must be a number of bytes')
    .positive('must be a number of bytes')
    .default(20 * 1024 * 1024),
  idleTimeoutMs: milliseconds.default(10_000),
  maxDurationMs: milliseconds.default(300_000),
  videoHosts: z
    .array(z.string().regex(/^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*$/, 'must be host names such as "qq.com"'))
    .readonly()
    .default(DEFAULT_VIDEO_HOSTS),
}
