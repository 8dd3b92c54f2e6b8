import { describe, expect, it } from 'vitest'
import { wrapSpeexInOgg } from '../../../src/voice/formats/ogg.ts'
import { readSpeexFrames } from '../../../src/voice/formats/speex.ts'
import { voiceDurationSeconds } from '../../../src/voice/index.ts'
import { speexClip } from '../clips.ts'

describe('headerless speex', () => {
  it('lasts 20 ms for each 60 bytes', () => {
    expect(speexClip()).toHaveLength(76 * 60)
    expect(voiceDurationSeconds(speexClip())).toBe(1.52)
  })

  it('loses the frame that a truncation cut', () => {
    for (let length = 60; length <= speexClip().length; length += 1) {
      expect(voiceDurationSeconds(speexClip().subarray(0, length))).toBe(
        (Math.floor(length / 60) * 320) / 16_000,
      )
    }
    expect(voiceDurationSeconds(speexClip().subarray(0, 59))).toBeUndefined()
  })

  it('keeps its length when a frame is damaged: that one becomes silence', () => {
    const damaged = speexClip()
    damaged[600] = 0xff
    const frames = readSpeexFrames(damaged)
    expect(frames?.durationSeconds).toBe(1.52)
    expect(frames?.data.subarray(600, 660)).toEqual(new Uint8Array(60))
    expect(frames?.data.subarray(660)).toEqual(new Uint8Array(speexClip().subarray(660)))
  })

  it.each([
    ['a first bit that belongs to another band', 0, 0xb0],
    ['a low band of unknown mode', 0, 0x78],
    ['no high band', 45, 0x00],
    ['a high band of unknown mode', 45, 0x0d],
    ['bands that need more than 60 bytes', 45, 0x0c],
  ])('is refused when its frames have %s', (_, offset, value) => {
    const frames = speexClip()
    for (let frame = 0; frame < frames.length; frame += 60) frames[frame + offset] = value
    expect(readSpeexFrames(frames)).toBeUndefined()
  })

  it('is refused when its frames have another size', () => {
    const frames = speexClip()
    const shorter = Array.from({ length: 76 }, (_, index) => frames.subarray(index * 60, index * 60 + 47))
    expect(readSpeexFrames(Buffer.concat(shorter))).toBeUndefined()
  })
})

describe('speex in Ogg', () => {
  const ogg = wrapSpeexInOgg(speexClip())

  it('says wideband, 16 kHz, mono, one frame in a packet', () => {
    const header = ogg.subarray(28, 108)
    expect(header.toString('latin1', 0, 8)).toBe('Speex   ')
    const fields = Array.from({ length: 10 }, (_, index) => header.readInt32LE(28 + index * 4))
    expect(fields).toEqual([1, 80, 16_000, 1, 4, 1, -1, 320, 0, 1])
  })

  it('ends with a last page that counts every sample', () => {
    const lastPage = ogg.subarray(ogg.lastIndexOf('OggS'))
    expect(lastPage.readUInt8(5)).toBe(0x04)
    expect(lastPage.readBigInt64LE(6)).toBe(76n * 320n)
  })

  it('refuses what is not whole frames', () => {
    expect(() => wrapSpeexInOgg(new Uint8Array(61))).toThrow('expected frames of 60 bytes, got 61 bytes')
    expect(() => wrapSpeexInOgg(new Uint8Array())).toThrow(RangeError)
  })
})
