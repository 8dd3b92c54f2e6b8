import { hash } from 'node:crypto'
import { requestError } from '../errors/create-error.js'

/**
 * Checks a `media_id`, which JS-SDK pages call `serverId`.
 * @throws {WechatRequestError} `bad_media_id` (400) for any other value
 */
export function parseMediaId(mediaId: unknown): string {
  if (typeof mediaId === 'string' && /^(?:wxlocalresource|weixin):/i.test(mediaId)) {
    throw requestError('bad_media_id', '"media_id" is a localId, which only the phone can read', {
      userMessage: '请先上传素材，再使用 serverId',
    })
  }
  if (typeof mediaId === 'string' && /^[A-Za-z0-9_-]{1,256}$/.test(mediaId)) return mediaId
  throw requestError('bad_media_id')
}

/**
 * Returns the file name for a medium, the same each time. It is made from a hash of the id: WeChat's own file name can
 * hold any characters, and some file systems do not distinguish ids that differ only in case.
 *
 * @param digits how many hex digits of the hash the name holds
 */
export function getMediaFileName(mediaId: string, extension: string, digits: number): string {
  return `media-${hash('sha256', mediaId, 'hex').slice(0, digits)}.${extension}`
}
