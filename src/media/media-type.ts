import { requestError } from '../errors/create-error.js'
import { isMp3 } from '../voice/formats/mp3.js'
import { looksLikeSpeex, SPEEX_FRAME_BYTES } from '../voice/formats/speex.js'

/** A content type that browsers show or play without running code from it. */
export interface MediaType {
  readonly contentType: string
  /** The usual file extension, without a dot. */
  readonly extension: string
}

interface KnownType extends MediaType {
  /** Other names that WeChat uses for this type. */
  aliases: readonly string[]
  /** Whether the first bytes are of this type; undefined if the first bytes of this type have no fixed form. */
  matches: ((head: Buffer) => boolean) | undefined
}

const KNOWN_TYPES: readonly KnownType[] = [
  {
    contentType: 'image/jpeg',
    extension: 'jpg',
    aliases: ['image/jpg'],
    matches: head => hasBytes(head, [0xff, 0xd8, 0xff]),
  },
  {
    contentType: 'image/png',
    extension: 'png',
    aliases: [],
    matches: head => hasBytes(head, [0x89, 0x50, 0x4e, 0x47]),
  },
  { contentType: 'image/gif', extension: 'gif', aliases: [], matches: head => hasText(head, 0, 'GIF8') },
  {
    contentType: 'image/webp',
    extension: 'webp',
    aliases: [],
    matches: head => hasText(head, 0, 'RIFF') && hasText(head, 8, 'WEBP'),
  },
  {
    contentType: 'audio/amr',
    extension: 'amr',
    aliases: ['voice/amr'],
    matches: head => hasText(head, 0, '#!AMR'),
  },
  { contentType: 'audio/mpeg', extension: 'mp3', aliases: ['audio/mp3', 'voice/mp3'], matches: isMp3 },
  // WeChat's speex recordings are frames without a header.
  { contentType: 'audio/speex', extension: 'speex', aliases: ['voice/speex'], matches: undefined },
  {
    contentType: 'video/mp4',
    extension: 'mp4',
    aliases: ['video/mpeg4'],
    matches: head => hasText(head, 4, 'ftyp'),
  },
]

/** For a file shorter than this, WeChat's type is used: the bytes prove none, and hold nothing that a browser runs. */
const MIN_SIGNATURE_BYTES = 4

/** Matches the content types of media, and `voice/…`, which WeChat sends too. */
const MEDIA_TYPE_NAME = /^(?:image|audio|voice|video)\/[\w.+-]+\s*(?:;[\x20-\x7e]*)?$/i

/**
 * A file without a media type is taken for speex only if it has at least ten frames, because a short text often has the
 * form of one frame.
 */
const MIN_SPEEX_BYTES = 10 * SPEEX_FRAME_BYTES

/**
 * Returns the type by which a medium is described: WeChat's content type if that is a media type, even if the bytes are
 * of another one; otherwise the type that the first bytes prove; undefined if they prove none.
 */
export function describeMediaType(contentType: string, head: Buffer): string | undefined {
  if (MEDIA_TYPE_NAME.test(contentType)) return contentType
  const proven = findTypeByBytes(head)
  if (proven) return proven.contentType
  return head.length >= MIN_SPEEX_BYTES && looksLikeSpeex(head) ? 'audio/speex' : undefined
}

/**
 * Returns the type under which bytes are served: the type that the first bytes prove, whatever WeChat's content type
 * is. The content type decides only for speex, and for fewer than four bytes, because these prove nothing.
 * @throws {WechatRequestError} `media_type_not_served` (415)
 */
export function detectMediaType(contentType: string, head: Buffer): MediaType {
  const proven = findTypeByBytes(head)
  if (proven) return proven
  const named = findNamedType(contentType)
  if (named && (named.matches === undefined || head.length < MIN_SIGNATURE_BYTES)) return named
  throw requestError('media_type_not_served')
}

function findNamedType(contentType: string): KnownType | undefined {
  const name = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  return KNOWN_TYPES.find(type => type.contentType === name || type.aliases.includes(name))
}

function findTypeByBytes(head: Buffer): KnownType | undefined {
  return KNOWN_TYPES.find(type => type.matches?.(head))
}

function hasBytes(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}

function hasText(head: Buffer, offset: number, text: string): boolean {
  return head.toString('latin1', offset, offset + text.length) === text
}
