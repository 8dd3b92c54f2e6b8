import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseByteRange } from '../../../src/media/send/byte-range.ts'

describe('parseByteRange', () => {
  it.each<[string, { start: number; end: number }]>([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['BYTES=10-19', { start: 10, end: 20 }],
    ['bytes=99-', { start: 99, end: 100 }],
    ['bytes=90-1000', { start: 90, end: 100 }],
    [`bytes=90-${'9'.repeat(400)}`, { start: 90, end: 100 }],
    ['bytes=-1', { start: 99, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
  ])('reads %s of 100 bytes', (header, range) => {
    expect(parseByteRange(header, 100)).toEqual(range)
  })

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(20)}-`])(
    'finds %s behind the end of 100 bytes',
    header => {
      expect(parseByteRange(header, 100)).toBe('unsatisfiable')
    },
  )

  it.each(['bytes=0-', 'bytes=0-0', 'bytes=-1'])('finds %s behind the end of an empty medium', header => {
    expect(parseByteRange(header, 0)).toBe('unsatisfiable')
  })

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=1x-2',
    'bytes=5-2',
    'bytes=200-100',
    'bytes=--1',
    'bytes=1-2-3',
    'bytes=0x1-2',
    'bytes=1.5-2',
    'bytes=0-1,3-4',
    'bytes=200-300,400-500',
    'items=0-1',
    'bytes 0-1',
    'bytes=０-1',
  ])('takes "%s" for no range', header => {
    expect(parseByteRange(header, 100)).toBeUndefined()
  })

  it('gives a part of the medium or none, whatever the header', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([first, last]) => `bytes=${first}-${last}`),
      fc.stringMatching(/^bytes=[0-9,-]*$/),
    )
    fc.assert(
      fc.property(header, fc.nat(), (text, length) => {
        const range = parseByteRange(text, length)
        if (range === undefined || range === 'unsatisfiable') return true
        return 0 <= range.start && range.start < range.end && range.end <= length
      }),
    )
  })
})
