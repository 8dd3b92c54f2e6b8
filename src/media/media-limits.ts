import { z } from 'zod'
import { DEFAULT_VIDEO_HOSTS } from '../wechat-api/media/video-address.js'

/** The limits of a download. */
export interface MediaLimitOptions {
  /** The largest medium that is passed on, in bytes. @default 20_971_520 (20 MiB) */
  maxBytes?: number | undefined
  /**
   * A download ends if WeChat sends nothing, or the receiver takes nothing, for this many milliseconds.
   *
   * @default 10_000
   */
  idleTimeoutMs?: number | undefined
  /** How many milliseconds a download may take after its first 64 KiB. @default 300_000 */
  maxDurationMs?: number | undefined
  /**
   * The hosts, subdomains included, from which videos are fetched: WeChat answers for a video with its address.
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
