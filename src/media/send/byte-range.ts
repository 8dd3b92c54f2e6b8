/** Bytes of a medium: from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Parses a Range header for a medium of `length` bytes. Returns undefined if the whole medium is to be sent: for
 * several ranges, another unit, or an invalid range, such as one whose last byte is before its first. The package
 * `range-parser` is not used, because it reports such a range as unsatisfiable, which would be answered with 416.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2 Byte Ranges
 */
export function parseByteRange(header: string, length: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header) ?? []
  if (first === '') return last === '' ? undefined : getLastBytes(Number(last), length)
  const start = Number(first)
  const end = last === '' ? length : Number(last) + 1
  if (end <= start && last !== '') return undefined
  return start < length ? { start, end: Math.min(end, length) } : 'unsatisfiable'
}

function getLastBytes(count: number, length: number): ByteRange | 'unsatisfiable' {
  return count > 0 && length > 0 ? { start: Math.max(0, length - count), end: length } : 'unsatisfiable'
}
