import { isDeadTokenError } from '../errors/errors.js'
import { internals, type TokenManager } from '../tokens/token-manager.js'
import { type OpenedMedia, type OpenMediaOptions, openMedia } from '../wechat-api/media/media.js'
import { protocolError } from '../wechat-api/response.js'
import { describeMediaType } from './media-type.js'

/**
 * Opens a medium with the manager's access token. If WeChat calls the token dead, it is invalidated and the medium is
 * opened once more with the next one. Tokens are taken through the manager's public methods, so that an application
 * can override them.
 *
 * The `contentType` of the result is a media type: WeChat's, or the one that the bytes prove if WeChat's is missing,
 * generic or another kind of type, such as `text/plain` over a JPEG file.
 *
 * @throws {WechatUpstreamError} if neither the header nor the bytes are of a media type
 */
export async function openManagedMedia(
  tokenManager: TokenManager,
  mediaId: string,
  options: OpenMediaOptions,
): Promise<OpenedMedia> {
  const { account, client } = tokenManager[internals]
  const getToken = () => tokenManager.getAccessToken({ ...(options.signal && { signal: options.signal }) })
  const token = await getToken()
  try {
    return withMediaType(await openMedia(account, client, token, mediaId, options))
  } catch (error) {
    if (!isDeadTokenError(error)) throw error
    await tokenManager.invalidate(token)
    return withMediaType(await openMedia(account, client, await getToken(), mediaId, options))
  }
}

function withMediaType(media: OpenedMedia): OpenedMedia {
  const contentType = describeMediaType(media.contentType, media.head)
  if (contentType === media.contentType) return media
  if (contentType !== undefined) return { ...media, contentType }
  media.close()
  throw protocolError(media.endpoint, 'the answer is of no media type')
}
