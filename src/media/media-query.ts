import type { Request } from 'express'
import { requestError } from '../errors/create-error.js'
import { readQuery } from '../http/request.js'
import { parseMediaId } from './media-id.js'

export interface MediaQuery {
  mediaId: string
  isHighQuality: boolean
  format: MediaFormat
}

/** The formats to which a voice can be converted. */
const PLAYABLE_FORMATS = ['mp3', 'wav'] as const
export type PlayableFormat = (typeof PLAYABLE_FORMATS)[number]

export type MediaFormat = 'base64' | 'binary' | PlayableFormat

/**
 * Reads `media_id`, `quality` and `format` from the query string.
 * @throws {WechatRequestError} `bad_media_id` or `bad_media_format` (400)
 */
export function readMediaQuery(req: Request): MediaQuery {
  return {
    mediaId: parseMediaId(readQuery(req, 'media_id')),
    isHighQuality: readChoice(req, 'quality', ['high']) === 'high',
    format: readChoice(req, 'format', ['binary', ...PLAYABLE_FORMATS]) ?? getPreferredFormat(req),
  }
}

function readChoice<Choice extends string>(
  req: Request,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = readQuery(req, name)
  if (value === undefined) return undefined
  const choice = choices.find(candidate => candidate === value)
  if (choice === undefined)
    throw requestError('bad_media_format', `"${name}" must be ${choices.join(' or ')}`)
  return choice
}

/**
 * Chooses the format of a request without `format`: bytes if the Accept header prefers a media type to JSON, as that of
 * an `<img>` or `<audio>` element does, and otherwise base64.
 */
function getPreferredFormat(req: Request): 'base64' | 'binary' {
  if (!/(?:image|audio|video)\//i.test(req.headers.accept ?? '')) return 'base64'
  const best = req.accepts(['json', 'image/jpeg', 'image/webp', 'audio/mpeg', 'audio/amr', 'video/mp4'])
  return typeof best === 'string' && best !== 'json' ? 'binary' : 'base64'
}
