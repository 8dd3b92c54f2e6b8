import { describe, expect, it } from 'vitest'
import { isMp3 } from '../../../src/voice/formats/mp3.ts'

describe('isMp3', () => {
  it.each([
    ['an ID3 tag', Buffer.from('ID3\x04')],
    ['a frame of MPEG 1', Buffer.from('fffb9064', 'hex')],
    ['a frame of MPEG 2', Buffer.from('fff348c4', 'hex')],
    ['a frame of MPEG 2.5', Buffer.from('ffe348c4', 'hex')],
  ])('recognises %s', (_, bytes) => {
    expect(isMp3(bytes)).toBe(true)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header that is cut', Buffer.from('fff3', 'hex')],
    ['a reserved MPEG version', Buffer.from('ffeb48c4', 'hex')],
    ['another layer', Buffer.from('fff548c4', 'hex')],
    ['a free bit rate', Buffer.from('fff308c4', 'hex')],
    ['a bit rate that does not exist', Buffer.from('fff3f8c4', 'hex')],
    ['a reserved sample rate', Buffer.from('fff34cc4', 'hex')],
    ['a JPEG file', Buffer.from('ffd8ffe0', 'hex')],
    ['UTF-16 text', Buffer.from('fffe3c00', 'hex')],
  ])('does not take %s for MP3', (_, bytes) => {
    expect(isMp3(bytes)).toBe(false)
  })
})
