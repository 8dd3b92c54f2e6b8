import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { WechatRequestError, WechatUnavailableError } from '../errors.js'
import { parseOptions } from '../options.js'
import { internals } from '../tokens/token-manager.js'
import { DEFAULT_MAX_MEDIA_BYTES, openMedia } from '../wechat-api/media.js'
import { type HandlerOptions, handlerOptionsShape, tokenManagerOf } from './common-options.js'
import { handle } from './handle.js'
import { sendBase64 } from './media-base64.js'
import { sendBinary } from './media-binary.js'

export interface MediaProxyOptions extends HandlerOptions {
  /** The largest medium that is passed on, in bytes. @default 20,971,520 (20 MiB) */
  maxBytes?: number | undefined
  /** How many downloads this process carries at once; more are 503. @default 128 */
  maxConcurrent?: number | undefined
}

const optionsSchema = z.strictObject({
  ...handlerOptionsShape,
  maxBytes: z.number().int().positive('must be a number of bytes').default(DEFAULT_MAX_MEDIA_BYTES),
  maxConcurrent: z.number().int().positive('must be a number of downloads').default(128),
})

/**
 * Answers `GET {url}?media_id=` with what a page recorded or photographed: as `{"media_data", "content_type"}` in
 * base64, or as bytes with `format=binary`. Memory does not grow with the file.
 *
 * It asks for no login by itself, since back ends without cookies call it too: put `requireWechatLogin()` or a
 * check of your own before it where that is not wanted.
 *
 * @see 公众号文档 «获取临时素材»
 *
 * @example
 * app.get('/wechat/offiaccount/media', mediaProxyHandler({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, never during a request
 */
export function mediaProxyHandler(options: MediaProxyOptions = {}): RequestHandler {
  const parsed = parseOptions('mediaProxyHandler', optionsSchema, options)
  const { account, client, withAccessToken } = tokenManagerOf(parsed)[internals]
  let underWay = 0

  return handle(async function mediaProxy(req, res) {
    const mediaId = readMediaId(req)
    const isHighQuality = readChoice(req, 'quality', ['high']) === 'high'
    const wantsBinary = readChoice(req, 'format', ['binary']) === 'binary' || prefersMedia(req)
    if (underWay >= parsed.maxConcurrent) {
      throw new WechatUnavailableError('too many downloads at once', 'too_many_downloads', 2)
    }
    underWay += 1
    const receiver = new AbortController()
    const onClose = () => receiver.abort()
    res.once('close', onClose)
    try {
      const media = await withAccessToken(
        token =>
          openMedia(account, client, token, mediaId, {
            isHighQuality,
            maxBytes: parsed.maxBytes,
            signal: receiver.signal,
          }),
        receiver.signal,
      )
      await (wantsBinary ? sendBinary(res, media, mediaId) : sendBase64(res, media))
    } catch (error) {
      // Nobody is there to be told.
      if (receiver.signal.aborted) return
      throw error
    } finally {
      res.off('close', onClose)
      underWay -= 1
    }
  }, parsed.onError)
}

function readMediaId(req: Request): string {
  const { media_id: mediaId } = req.query
  if (typeof mediaId === 'string' && /^(?:wxlocalresource|weixin):/i.test(mediaId)) {
    throw badRequest(
      'a localId: upload it with wx.uploadImage or wx.uploadVoice first',
      '请先上传素材，再使用 serverId',
    )
  }
  if (typeof mediaId === 'string' && /^[A-Za-z0-9_-]{1,256}$/.test(mediaId)) return mediaId
  throw badRequest('"media_id" is missing or not one of WeChat', '缺少 media_id，或格式不正确')
}

function readChoice(req: Request, name: string, choices: readonly string[]): string | undefined {
  const value = req.query[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && choices.includes(value)) return value
  throw badRequest(`"${name}" must be ${choices.join(' or ')}`, '请求参数不正确')
}

/** Such as an `<img>`: it names media types, and JSON only by `*∕*`. */
function prefersMedia(req: Request): boolean {
  const best = req.accepts(['json', 'image/jpeg', 'image/webp', 'audio/mpeg', 'audio/amr', 'video/mp4'])
  return typeof best === 'string' && best !== 'json'
}

function badRequest(message: string, userMessage: string): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_media_request', status: 400, userMessage })
}
