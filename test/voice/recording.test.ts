import { describe, expect, it } from 'vitest'
import { detectVoice, voiceDurationSeconds } from '../../src/voice/index.ts'
import { amrClip, speexClip } from './clips.ts'

const mp3Frame = Buffer.from('fff348c4', 'hex')
const wavStart = Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1')

describe('what a voice message is', () => {
  it('is told by its first bytes', () => {
    expect(detectVoice(amrClip('4.75'))).toBe('amr')
    expect(detectVoice(mp3Frame)).toBe('mp3')
    expect(detectVoice(Buffer.from('ID3\x04'))).toBe('mp3')
    expect(detectVoice(wavStart)).toBe('wav')
  })

  it('is told by its frames where it is speex, which has no first bytes', () => {
    expect(detectVoice(speexClip())).toBe('speex')
    expect(detectVoice(speexClip(), 'voice/speex')).toBe('speex')
  })

  it('is not told by a content type that its bytes contradict', () => {
    expect(detectVoice(amrClip('4.75'), 'voice/speex')).toBe('amr')
    expect(detectVoice(Buffer.alloc(600, 'a'), 'voice/speex')).toBeUndefined()
    expect(detectVoice(speexClip(), 'audio/amr')).toBe('speex')
  })

  it('takes damaged speex at the word of its content type', () => {
    const damaged = speexClip()
    damaged[600] = 0xff
    expect(detectVoice(damaged)).toBeUndefined()
    expect(detectVoice(damaged, 'voice/speex')).toBe('speex')
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['an error in JSON', Buffer.from('{"errcode":40007,"errmsg":"invalid media_id"}'.padEnd(200))],
    ['a photograph', Buffer.from('ffd8ffe0'.padEnd(400, '01'), 'hex')],
    ['wideband AMR', Buffer.from(`#!AMR-WB\n${'\x04'.repeat(200)}`)],
    ['AMR cut within its magic', amrClip('4.75').subarray(0, 5)],
    ['an MPEG version that does not exist', Buffer.from('ffeb48c4', 'hex')],
    ['MPEG sound of another layer', Buffer.from('fff548c4', 'hex')],
    ['an MPEG bit rate that does not exist', Buffer.from('fff3f8c4', 'hex')],
    ['an MPEG sample rate that does not exist', Buffer.from('fff34cc4', 'hex')],
    ['zeros', Buffer.alloc(600)],
    ['a playlist', Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd\n'.repeat(4))],
    ['Ogg', Buffer.from('OggS'.padEnd(200, '\0'))],
  ])('is undefined for %s', (_, bytes) => {
    expect(detectVoice(bytes)).toBeUndefined()
    expect(voiceDurationSeconds(bytes)).toBeUndefined()
  })
})
