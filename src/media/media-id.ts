import { WechatRequestError } from '../errors/errors.js'

/**
 * A `media_id`, which JS-SDK pages call `serverId`.
 * @throws {WechatRequestError} with status 400 for anything else
 */
export function parseMediaId(mediaId: unknown): string {
  if (typeof mediaId === 'string' && /^(?:wxlocalresource|weixin):/i.test(mediaId)) {
    throw badMediaId(
      'a localId: upload it with wx.uploadImage or wx.uploadVoice first',
      '请先上传素材，再使用 serverId',
    )
  }
  if (typeof mediaId === 'string' && /^[A-Za-z0-9_-]{1,256}$/.test(mediaId)) return mediaId
  throw badMediaId('"media_id" is missing or not one of WeChat', '缺少 media_id，或格式不正确')
}

function badMediaId(message: string, userMessage: string): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_media_request', status: 400, userMessage })
}
