import { getContext, withAccessToken } from '../tokens/context.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { type OpenedMedia, type OpenMediaOptions, openMedia } from '../wechat-api/media/media.js'
import { protocolError } from '../wechat-api/response.js'
import { describeMediaType } from './media-type.js'

/**
 * Opens a medium with the manager's access token. If WeChat refuses the token, it is replaced and the medium opened
 * once more. Tokens are taken through the manager's public methods, so that an application can override them.
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
  const { client } = getContext(tokenManager)
  const open = (token: string) => openMedia(client, token, mediaId, options)
  return withMediaType(await withAccessToken(tokenManager, open, options.signal))
}

function withMediaType(media: OpenedMedia): OpenedMedia {
  const contentType = describeMediaType(media.contentType, media.head)
  if (contentType === media.contentType) return media
  if (contentType !== undefined) return { ...media, contentType }
  media.close()
  throw protocolError(media.endpoint, 'the answer is of no media type')
}
