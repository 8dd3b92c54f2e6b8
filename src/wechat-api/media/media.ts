import { WechatApiError, WechatUpstreamError } from '../../errors/errors.js'
import { assertRealWechat, type WechatClient } from '../client.js'
import { parseTolerantJson } from '../lenient-json.js'
import { isJsonObject, protocolError, readRefusal } from '../response.js'
import { withRetry } from '../retry.js'
import { connectMedia, type MediaConnection, type MediaLimits } from './media-connection.js'
import { parseVideoAddress } from './video-address.js'

export interface OpenMediaOptions {
  /** The 16 kHz recording of a JS-SDK voice, instead of the 8 kHz one. */
  isHighQuality: boolean
  maxBytes: number
  idleTimeoutMs: number
  maxDurationMs: number
  videoHosts: readonly string[]
  /** The receiver's going away closes the connection to WeChat at once. */
  signal?: AbortSignal | undefined
}

/** A medium whose beginning has arrived, and is known to be no error, JSON or page. */
export interface OpenedMedia extends Omit<MediaConnection, 'headers'> {
  /** As WeChat sent it. */
  readonly contentType: string
}

/** WeChat's answer about a video: not its bytes, but where they are. */
interface VideoElsewhere {
  videoUrl: string
}

const MEDIA_TYPE = /^(?:image|audio|voice|video)\/[\w.+-]+\s*(?:;[\x20-\x7e]*)?$/i

/**
 * Opens a temporary medium and holds it until its beginning shows what it is. WeChat reports errors with status
 * 200 and sometimes under a media type, so that the first bytes decide. A video is opened at the address that WeChat
 * gives for it, without the token.
 *
 * @see 公众号文档 «获取临时素材» and «获取高清语音素材»
 */
export async function openMedia(
  client: WechatClient,
  accessToken: string,
  mediaId: string,
  options: OpenMediaOptions,
): Promise<OpenedMedia> {
  const { account } = client
  const { isHighQuality, videoHosts, signal, ...bounds } = options
  const endpoint = isHighQuality ? '/cgi-bin/media/get/jssdk' : '/cgi-bin/media/get'
  const query = new URLSearchParams({ access_token: accessToken, media_id: mediaId })
  const limits: MediaLimits = {
    ...bounds,
    connectTimeoutMs: account.timeoutMs / 5,
    beginningDueMs: performance.now() + account.timeoutMs,
  }

  async function openAtWechat(): Promise<OpenedMedia> {
    const url = new URL(`${account.apiBaseUrl}${endpoint}?${query}`)
    const connection = await connectMedia({ endpoint, url, agents: client.agents }, limits, signal)
    return closingOnError(connection, () => {
      assertRealWechat(account, connection.headers)
      const media = readBeginning(endpoint, connection, [accessToken])
      return 'videoUrl' in media ? openVideo(media.videoUrl) : media
    })
  }

  async function openVideo(videoUrl: string): Promise<OpenedMedia> {
    const { url, lookup } = parseVideoAddress(account, videoUrl, videoHosts)
    // The address is a permission: errors don't show it.
    const target = { endpoint: 'video_url', url, lookup, agents: client.agents }
    const connection = await connectMedia(target, limits, signal)
    return closingOnError(connection, () => {
      const media = readBeginning(target.endpoint, connection, [])
      if ('videoUrl' in media) throw protocolError(target.endpoint, 'one address leads to another')
      return media
    })
  }

  return withRetry(openAtWechat, { budget: client.retries, isRetryable: isWorthRepeating, signal })
}

/** A connection that broke, such as a kept one that WeChat had just closed, and WeChat's being busy. */
function isWorthRepeating(error: unknown): boolean {
  if (error instanceof WechatUpstreamError) return error.code === 'wechat_unreachable'
  return error instanceof WechatApiError && error.errcode === -1
}

async function closingOnError<Result>(
  connection: MediaConnection,
  read: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    connection.close()
    throw error
  }
}

/** @throws where it is WeChat's refusal, or anything else than media */
function readBeginning(
  endpoint: string,
  connection: MediaConnection,
  sentSecrets: readonly string[],
): OpenedMedia | VideoElsewhere {
  const { headers, ...beginning } = connection
  const { head, isComplete } = beginning
  if (looksLikeText(head)) {
    const json = isComplete ? parseTolerantJson(head) : undefined
    const refusal = isJsonObject(json) ? readRefusal(endpoint, json, sentSecrets) : undefined
    if (refusal) throw refusal
    if (isJsonObject(json) && typeof json.video_url === 'string') return { videoUrl: json.video_url }
    throw protocolError(endpoint, 'the answer is text, not media')
  }
  const contentType = headers['content-type'] ?? ''
  if (!MEDIA_TYPE.test(contentType)) throw protocolError(endpoint, 'the answer is of no media type')
  return { ...beginning, contentType }
}

/**
 * JSON or markup: a bracket, and then nothing that only binary files have. The bracket alone is not enough, since
 * speex has no header and may begin with any byte.
 */
function looksLikeText(head: Buffer): boolean {
  const beginning = head.subarray(0, 512)
  if (!/^(?:\xef\xbb\xbf)?\s*[{[<]/.test(beginning.toString('latin1'))) return false
  return !beginning.some(byte => byte < 0x09 || (byte > 0x0d && byte < 0x20))
}
