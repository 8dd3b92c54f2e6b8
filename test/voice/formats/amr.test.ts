import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAmrFrames, replacePausesBySilence } from '../../../src/voice/formats/amr.ts'
import { voiceDurationSeconds } from '../../../src/voice/index.ts'
import { amrClip, amrFile, amrFrames, bitRates, comfortNoiseFrame, noDataFrame } from '../clips.ts'

describe('the duration of an AMR recording', () => {
  it.each(bitRates)('is 1.5 s for the clip at %s kbit/s', bitRate => {
    expect(voiceDurationSeconds(amrClip(bitRate))).toBe(1.5)
  })

  it('counts pauses: comfort noise and frames without data last 20 ms like any other', () => {
    expect(voiceDurationSeconds(amrFile([comfortNoiseFrame, noDataFrame, noDataFrame]))).toBe(0.06)
  })

  it('counts whole frames only, wherever the file was cut', () => {
    const clip = amrClip('12.2')
    for (let length = 6; length <= clip.length; length += 1) {
      expect(voiceDurationSeconds(clip.subarray(0, length))).toBe(Math.floor((length - 6) / 32) / 50)
    }
  })

  it.each([
    ['a set padding bit', 0x3d],
    ['a set first bit', 0xbc],
    ['the comfort noise of another codec', 0x4c],
    ['a reserved frame type', 0x6c],
  ])('ends at a header with %s', (_, header) => {
    const frames = amrFrames()
    const damaged = Buffer.from(frames[10] ?? [])
    damaged[0] = header
    expect(voiceDurationSeconds(amrFile([...frames.slice(0, 10), damaged, ...frames.slice(11)]))).toBe(0.2)
  })

  it('is never more than its bytes allow, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), bytes => {
        const { data, durationSeconds } = readAmrFrames(amrFile([bytes]))
        expect(data.length).toBeLessThanOrEqual(6 + bytes.length)
        expect(durationSeconds).toBeLessThanOrEqual(bytes.length / 50)
      }),
    )
  })
})

describe('spelling out the pauses', () => {
  it('leaves speech alone', () => {
    for (const bitRate of bitRates) expect(replacePausesBySilence(amrClip(bitRate))).toEqual(amrClip(bitRate))
  })

  it('makes every pause a frame of speech, so that nothing is left to be dropped', () => {
    const [frame = Buffer.alloc(0)] = amrFrames()
    const spoken = replacePausesBySilence(amrFile([frame, comfortNoiseFrame, noDataFrame, frame]))
    expect(spoken).toHaveLength(6 + 32 + 13 + 13 + 32)
    expect(voiceDurationSeconds(spoken)).toBe(0.08)
  })
})
