import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import { type HandlerOptions, handlerOptionsShape, tokenManagerOf } from '../http/handler-options.js'
import { readQuery } from '../http/query.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { getContext, withAccessToken } from '../tokens/context.js'
import { parseOptions } from '../util/parse-options.js'
import { type OpenedMedia, openMedia } from '../wechat-api/media/media.js'
import { takePlace } from './download-slots.js'
import { parseMediaId } from './media-id.js'
import { type MediaLimitOptions, mediaLimitsShape } from './media-limits.js'
import { sendBase64 } from './send-base64.js'
import { sendBinary } from './send-binary.js'
import { MAX_VOICE_BYTES, PLAYABLE_FORMATS, type PlayableFormat, sendVoice } from './send-voice.js'

export interface MediaProxyOptions extends HandlerOptions, MediaLimitOptions {
  /** How many downloads the process may carry for this handler to begin another; more are 503. @default 128 */
  maxConcurrent?: number | undefined
}

const optionsSchema = z.strictObject({
  ...handlerOptionsShape,
  ...mediaLimitsShape,
  maxConcurrent: z
    .number('must be a number of downloads')
    .int('must be a number of downloads')
    .positive('must be a number of downloads')
    .default(128),
})

/**
 * Answers `GET {url}?media_id=` with what a page recorded or photographed: as `{"content_type", "media_data"}` in
 * base64, or as bytes with `format=binary`. Memory does not grow with the file.
 *
 * `quality=high` takes the 16 kHz recording of a JS-SDK voice; `format=mp3` or `wav` gives a voice that ordinary
 * browsers play.
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
  const { tokenManager, onError, maxConcurrent, ...limits } = parseOptions(
    'mediaProxyHandler',
    optionsSchema,
    options,
  )
  const manager = tokenManagerOf({ tokenManager })
  const { client } = getContext(manager)

  return handle(async function mediaProxy(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') return sendMethodNotAllowed(res, ['GET', 'HEAD'])
    const mediaId = parseMediaId(readQuery(req, 'media_id'))
    const isHighQuality = readChoice(req, 'quality', ['high']) === 'high'
    const format = readChoice(req, 'format', ['binary', ...PLAYABLE_FORMATS]) ?? preferredFormat(req)
    const maxBytes = isPlayable(format) ? Math.min(limits.maxBytes, MAX_VOICE_BYTES) : limits.maxBytes

    // Gone while a guard before this was at work: its "close" will not be heard again.
    if (res.destroyed || req.socket.destroyed) return
    const freePlace = takePlace(maxConcurrent)
    const receiver = new AbortController()
    const { signal } = receiver
    // It closes after every answer, too.
    const onClose = () => res.writableFinished || receiver.abort()
    res.once('close', onClose)
    let media: OpenedMedia | undefined
    try {
      media = await withAccessToken(
        manager,
        token => openMedia(client, token, mediaId, { ...limits, maxBytes, isHighQuality, signal }),
        signal,
      )
      if (isPlayable(format)) await sendVoice(res, media, mediaId, format, signal)
      else if (format === 'binary') await sendBinary(res, media, mediaId)
      else await sendBase64(res, media)
      await delivered(res, limits.idleTimeoutMs)
    } catch (error) {
      media?.close()
      // Nobody is there to be told.
      if (signal.aborted) return
      throw error
    } finally {
      res.off('close', onClose)
      freePlace()
    }
  }, onError)
}

function isPlayable(format: string | undefined): format is PlayableFormat {
  return PLAYABLE_FORMATS.some(playable => playable === format)
}

/** Until the receiver has taken the end of it: one that stalls there keeps its place no longer than elsewhere. */
async function delivered(res: Response, idleTimeoutMs: number): Promise<void> {
  if (res.writableFinished || res.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    res.destroy()
    // One that waits for its turn on a pipelined connection has no socket, and older versions of Node don't close it.
    resolve()
  }, idleTimeoutMs)
  res.once('finish', resolve).once('close', resolve)
  await promise
  clearTimeout(timer)
  res.off('finish', resolve).off('close', resolve)
}

function readChoice<Choice extends string>(
  req: Request,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = readQuery(req, name)
  const choice = choices.find(choice => choice === value)
  if (value === undefined || choice !== undefined) return choice
  throw new WechatRequestError(`"${name}" must be ${choices.join(' or ')}`, {
    code: 'bad_media_request',
    status: 400,
  })
}

/** Such as an `<img>` wants it: it names media types, and JSON only by `*∕*`. */
function preferredFormat(req: Request): 'binary' | undefined {
  if (!/(?:image|audio|video)\//i.test(req.headers.accept ?? '')) return undefined
  const best = req.accepts(['json', 'image/jpeg', 'image/webp', 'audio/mpeg', 'audio/amr', 'video/mp4'])
  return typeof best === 'string' && best !== 'json' ? 'binary' : undefined
}
