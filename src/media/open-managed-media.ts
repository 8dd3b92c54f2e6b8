import { isDeadTokenError } from '../errors/errors.js'
import { internals, type TokenManager } from '../tokens/token-manager.js'
import { type OpenedMedia, type OpenMediaOptions, openMedia } from '../wechat-api/media/media.js'

/**
 * Opens a medium with the manager's access token. If WeChat calls the token dead, it is invalidated and the medium is
 * opened once more with the next one. Tokens are taken through the manager's public methods, so that an application
 * can override them.
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
    return await openMedia(account, client, token, mediaId, options)
  } catch (error) {
    if (!isDeadTokenError(error)) throw error
    await tokenManager.invalidate(token)
    return openMedia(account, client, await getToken(), mediaId, options)
  }
}
