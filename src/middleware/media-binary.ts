import { createHash } from 'node:crypto'
import type { Response } from 'express'
import { WechatRequestError } from '../errors.js'
import type { OpenedMedia } from '../wechat-api/media.js'
import { writeAll } from './write-all.js'

interface ServedType {
  contentType: string
  extension: string
  /** Whether the first bytes are what the type says. */
  matches(head: Buffer): boolean
}

const startsWith =
  (...bytes: number[]) =>
  (head: Buffer) =>
    bytes.every((byte, index) => head[index] === byte)
const textAt = (offset: number, text: string) => (head: Buffer) =>
  head.subarray(offset, offset + text.length).toString('latin1') === text

/** Types that browsers show or play and run nothing of; anything else is not passed on as bytes. */
const SERVED_TYPES: Record<string, ServedType> = {
  'image/jpeg': { contentType: 'image/jpeg', extension: 'jpg', matches: startsWith(0xff, 0xd8, 0xff) },
  'image/png': { contentType: 'image/png', extension: 'png', matches: startsWith(0x89, 0x50, 0x4e, 0x47) },
  'image/gif': { contentType: 'image/gif', extension: 'gif', matches: textAt(0, 'GIF8') },
  'image/webp': {
    contentType: 'image/webp',
    extension: 'webp',
    matches: head => textAt(0, 'RIFF')(head) && textAt(8, 'WEBP')(head),
  },
  'audio/amr': { contentType: 'audio/amr', extension: 'amr', matches: textAt(0, '#!AMR') },
  'audio/mpeg': {
    contentType: 'audio/mpeg',
    extension: 'mp3',
    matches: head => textAt(0, 'ID3')(head) || (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0),
  },
  // Frames of speex without a header: nothing to tell them by, and nothing that a browser would run.
  'audio/speex': { contentType: 'audio/speex', extension: 'speex', matches: head => !looksLikeMarkup(head) },
  'video/mp4': { contentType: 'video/mp4', extension: 'mp4', matches: textAt(4, 'ftyp') },
}

const ALIASES: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'voice/speex': 'audio/speex',
  'voice/amr': 'audio/amr',
}

/** The bytes, under a type that they prove, a name of our own, and rules by which browsers run nothing of them. */
export async function sendBinary(res: Response, media: OpenedMedia, mediaId: string): Promise<void> {
  const served = servedTypeOf(media)
  const isInline = /^(?:image|audio)\//.test(served.contentType)
  const name = `media-${createHash('sha256').update(mediaId).digest('hex').slice(0, 12)}.${served.extension}`
  res.status(200).set({
    'Content-Type': served.contentType,
    'Content-Disposition': `${isInline ? 'inline' : 'attachment'}; filename="${name}"`,
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    ...(media.length !== undefined && { 'Content-Length': String(media.length) }),
  })
  if (media.isComplete) {
    res.end(media.head)
    return
  }
  await writeAll(res, bytesOf(media))
}

async function* bytesOf(media: OpenedMedia): AsyncGenerator<Buffer> {
  yield media.head
  yield* media.rest()
}

function servedTypeOf(media: OpenedMedia): ServedType {
  const type = media.contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const served = SERVED_TYPES[ALIASES[type] ?? type]
  if (served && (media.head.length === 0 || served.matches(media.head))) return served
  media.close()
  throw new WechatRequestError(
    'the media is of a type that is not served as bytes, or not what its type says',
    {
      code: 'media_type_not_served',
      status: 415,
      userMessage: '不支持的素材类型',
    },
  )
}

function looksLikeMarkup(head: Buffer): boolean {
  return /^[\s\uFEFF]*[<{]/.test(head.subarray(0, 256).toString('utf8'))
}
