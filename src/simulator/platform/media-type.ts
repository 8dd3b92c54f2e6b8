/** The types of temporary media. */
export type MediaType = 'image' | 'voice' | 'video' | 'thumb'

interface Format {
  contentType: string
  extension: string
  matches(data: Buffer): boolean
}

const beginsWith = (bytes: readonly number[]) => (data: Buffer) =>
  bytes.every((byte, index) => data[index] === byte)

const jpeg = { contentType: 'image/jpeg', extension: 'jpg', matches: beginsWith([0xff, 0xd8, 0xff]) }
const png = { contentType: 'image/png', extension: 'png', matches: beginsWith([0x89, 0x50, 0x4e, 0x47]) }
const gif = { contentType: 'image/gif', extension: 'gif', matches: beginsWith([0x47, 0x49, 0x46, 0x38]) }
const amr = {
  contentType: 'audio/amr',
  extension: 'amr',
  matches: (data: Buffer) => data.subarray(0, 5).toString('latin1') === '#!AMR',
}
const mp3 = {
  contentType: 'audio/mp3',
  extension: 'mp3',
  matches: (data: Buffer) =>
    data.subarray(0, 3).toString('latin1') === 'ID3' ||
    (data[0] === 0xff && ((data[1] ?? 0) & 0xe0) === 0xe0),
}
const mp4 = {
  contentType: 'video/mp4',
  extension: 'mp4',
  matches: (data: Buffer) => data.subarray(4, 8).toString('latin1') === 'ftyp',
}

/** By type, the accepted formats, the largest file, and the errcode for a larger one. */
export const mediaRules: Readonly<
  Record<MediaType, { formats: readonly Format[]; maxBytes: number; tooLargeErrcode: number }>
> = {
  image: { formats: [png, jpeg, gif], maxBytes: 10 * 1024 * 1024, tooLargeErrcode: 40009 },
  voice: { formats: [amr, mp3], maxBytes: 2 * 1024 * 1024, tooLargeErrcode: 40010 },
  video: { formats: [mp4], maxBytes: 10 * 1024 * 1024, tooLargeErrcode: 40011 },
  thumb: { formats: [jpeg], maxBytes: 64 * 1024, tooLargeErrcode: 40012 },
}

export function isMediaType(type: string | null): type is MediaType {
  return type !== null && Object.hasOwn(mediaRules, type)
}

/** Detects the format by the content, because a file name or a header can be wrong. */
export function detectFormat(type: MediaType, data: Buffer): Format | undefined {
  return mediaRules[type].formats.find(format => format.matches(data))
}

export function fileExtension(contentType: string): string {
  const known = [jpeg, png, gif, amr, mp3, mp4].find(format => format.contentType === contentType)
  return known?.extension ?? contentType.split('/')[1]?.replace(/[^a-z0-9]/gi, '') ?? 'bin'
}
