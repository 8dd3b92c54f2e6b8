import { WechatRequestError } from '../errors/errors.js'

/** A type that browsers show or play and run nothing of. */
export interface MediaType {
  readonly contentType: string
  /** Without a dot. */
  readonly extension: string
}

interface KnownType extends MediaType {
  /** What WeChat calls it besides. */
  aliases: readonly string[]
  /** Whether the first bytes are of this type; undefined where nothing in them tells. */
  matches: ((head: Buffer) => boolean) | undefined
}

const startsWith =
  (...bytes: number[]) =>
  (head: Buffer) =>
    bytes.every((byte, index) => head[index] === byte)
const textAt = (offset: number, text: string) => (head: Buffer) =>
  head.toString('latin1', offset, offset + text.length) === text

const KNOWN_TYPES: readonly KnownType[] = [
  {
    contentType: 'image/jpeg',
    extension: 'jpg',
    aliases: ['image/jpg'],
    matches: startsWith(0xff, 0xd8, 0xff),
  },
  { contentType: 'image/png', extension: 'png', aliases: [], matches: startsWith(0x89, 0x50, 0x4e, 0x47) },
  { contentType: 'image/gif', extension: 'gif', aliases: [], matches: textAt(0, 'GIF8') },
  {
    contentType: 'image/webp',
    extension: 'webp',
    aliases: [],
    matches: head => textAt(0, 'RIFF')(head) && textAt(8, 'WEBP')(head),
  },
  { contentType: 'audio/amr', extension: 'amr', aliases: ['voice/amr'], matches: textAt(0, '#!AMR') },
  {
    contentType: 'audio/mpeg',
    extension: 'mp3',
    aliases: ['audio/mp3', 'voice/mp3'],
    matches: isMp3,
  },
  // Frames without a header.
  { contentType: 'audio/speex', extension: 'speex', aliases: ['voice/speex'], matches: undefined },
  { contentType: 'video/mp4', extension: 'mp4', aliases: ['video/mpeg4'], matches: textAt(4, 'ftyp') },
]

/** Fewer than that are no file of any type, and nothing that a browser would run. */
const TELLING_BYTES = 4

/**
 * The type under which bytes may be served: the one that WeChat named, where the first bytes agree.
 * @throws {WechatRequestError} with status 415
 */
export function provenType(contentType: string, head: Buffer): MediaType {
  const known = named(contentType)
  if (known && (head.length < TELLING_BYTES || (known.matches ?? isNothingElse)(head))) return known
  throw notServedError()
}

/**
 * The type that the bytes are, whatever WeChat named them; the name decides only where nothing in them tells.
 * @throws {WechatRequestError} with status 415
 */
export function detectedType(contentType: string, head: Buffer): MediaType {
  const detected = KNOWN_TYPES.find(type => type.matches?.(head))
  return detected ?? provenType(contentType, head)
}

/** A tag, or the header of a frame of layer III. */
export function isMp3(head: Buffer): boolean {
  return textAt(0, 'ID3')(head) || (head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2)
}

function named(contentType: string): KnownType | undefined {
  const name = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  return KNOWN_TYPES.find(type => type.contentType === name || type.aliases.includes(name))
}

function isNothingElse(head: Buffer): boolean {
  return !KNOWN_TYPES.some(type => type.matches?.(head))
}

function notServedError(): WechatRequestError {
  return new WechatRequestError(
    'the media is of a type that is not served as bytes, or not what its type says',
    { code: 'media_type_not_served', status: 415, userMessage: '不支持的素材类型' },
  )
}
