import { WechatApiError, WechatUpstreamError } from '../../errors/errors.js'
import { traceStep } from '../../util/debug.js'
import { assertRealWechat, isNoConnection, type WechatClient } from '../client.js'
import { parseLenientJson } from '../lenient-json.js'
import { atReachableHost } from '../network/api-hosts.js'
import { isJsonObject, protocolError, readRefusal } from '../response.js'
import { withRetry } from '../retry.js'
import { connectMedia, type MediaConnection, type MediaLimits, type MediaTarget } from './media-connection.js'
import { parseVideoAddress } from './video-address.js'

export interface OpenMediaOptions {
  /** Whether the 16 kHz recording of a JS-SDK voice is taken instead of the 8 kHz one. */
  isHighQuality: boolean
  maxBytes: number
  idleTimeoutMs: number
  maxDurationMs: number
  videoHosts: readonly string[]
  /** If it aborts, the connection to WeChat is closed. */
  signal?: AbortSignal | undefined
}

/** A medium whose first bytes (the head) have arrived, and are neither an error, JSON nor a page. */
export interface OpenedMedia extends Omit<MediaConnection, 'headers'> {
  /** WeChat's Content-Type header; '' if there is none. It can be no media type, or not that of the bytes. */
  readonly contentType: string
  /** The name by which error messages call the address of the bytes. */
  readonly endpoint: string
}

/** WeChat's answer for a video: the address of the video instead of its bytes. */
interface VideoElsewhere {
  videoUrl: string
}

/**
 * Opens a temporary medium and waits until its first bytes show what it is. The bytes decide, because WeChat reports
 * errors with status 200, and sometimes under a media type. A video is opened at the address that WeChat gives for it,
 * without the token.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html 获取临时素材
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
    headDueMs: performance.now() + account.timeoutMs,
  }

  async function openAt(baseUrl: string): Promise<OpenedMedia> {
    const url = new URL(`${baseUrl}${endpoint}?${query}`)
    const connection = await connect({ endpoint, url })
    return closeOnError(connection, () => {
      assertRealWechat(account, connection.headers)
      const media = readMedia(endpoint, connection, [accessToken])
      return 'videoUrl' in media ? openVideo(media.videoUrl) : media
    })
  }

  async function openVideo(videoUrl: string): Promise<OpenedMedia> {
    const { url, lookup } = parseVideoAddress(client, videoUrl, videoHosts)
    // The address alone gives access to the video, so errors do not show it.
    const target = { endpoint: 'video_url', url, lookup }
    const connection = await connect(target)
    return closeOnError(connection, () => {
      const media = readMedia(target.endpoint, connection, [])
      if ('videoUrl' in media) throw protocolError(target.endpoint, 'one address leads to another')
      return media
    })
  }

  async function connect(target: Omit<MediaTarget, 'agents'>): Promise<MediaConnection> {
    const agents = await client.network.agentsFor(target.url, 'kept')
    return connectMedia({ ...target, agents }, limits, signal)
  }

  const openAtWechat = () =>
    atReachableHost(client.network.hosts, openAt, error => isApiConnectionFailure(error, endpoint))
  return traceStep(
    () => `wechat GET ${endpoint}`,
    () => withRetry(openAtWechat, { budget: client.retries, isRetryable: isWorthRepeating, signal }),
    ({ length }) => (length === undefined ? 'a medium begins' : `a medium of ${length} bytes begins`),
  )
}

/** Whether no connection to the API could be made, so that its next host is tried. A video's host is not the API's. */
function isApiConnectionFailure(error: unknown, endpoint: string): boolean {
  return isNoConnection(error) && error instanceof WechatUpstreamError && error.endpoint === endpoint
}

/** Whether a second attempt can succeed: after a broken connection, and after WeChat's errcode -1 (busy). */
function isWorthRepeating(error: unknown): boolean {
  if (error instanceof WechatUpstreamError) return error.code === 'wechat_unreachable'
  return error instanceof WechatApiError && error.errcode === -1
}

async function closeOnError<Result>(
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

/**
 * Reads WeChat's answer to a request for a medium: the medium, or the address of a video, which WeChat sends as JSON.
 * @throws {WechatApiError} if it is a refusal, {@link WechatUpstreamError} if it is any other text
 */
function readMedia(
  endpoint: string,
  connection: MediaConnection,
  sentSecrets: readonly string[],
): OpenedMedia | VideoElsewhere {
  const { headers, ...beginning } = connection
  const { head, isComplete } = beginning
  if (looksLikeText(head)) {
    const json = isComplete ? parseLenientJson(head) : undefined
    const refusal = isJsonObject(json) ? readRefusal(endpoint, json, sentSecrets) : undefined
    if (refusal) throw refusal
    if (isJsonObject(json) && typeof json.video_url === 'string') return { videoUrl: json.video_url }
    throw protocolError(endpoint, 'the answer is text, not media')
  }
  return { ...beginning, contentType: headers['content-type'] ?? '', endpoint }
}

/**
 * Whether the first bytes are of JSON or markup: they begin with a bracket, and hold no byte that only binary files
 * have. The bracket alone is not enough, since speex has no header and can begin with any byte.
 */
function looksLikeText(head: Buffer): boolean {
  const beginning = head.subarray(0, 512)
  if (!/^(?:\xef\xbb\xbf)?\s*[{[<]/.test(beginning.toString('latin1'))) return false
  return !beginning.some(byte => byte < 0x09 || (byte > 0x0d && byte < 0x20))
}
