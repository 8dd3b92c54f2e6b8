import { getContext, withAccessToken } from '../tokens/context.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { type OpenedMedia, type OpenMediaOptions, openMedia } from '../wechat-api/media/media.js'

/**
 * Opens a medium with the manager's access token. If WeChat refuses the token, it is replaced and the medium opened
 * once more. Tokens are taken through the manager's public methods, so that an application can override them.
 */
export async function openManagedMedia(
  tokenManager: TokenManager,
  mediaId: string,
  options: OpenMediaOptions,
): Promise<OpenedMedia> {
  const { client } = getContext(tokenManager)
  return withAccessToken(tokenManager, token => openMedia(client, token, mediaId, options), options.signal)
}
