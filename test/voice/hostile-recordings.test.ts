import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findService } from '../../scripts/services.js'
import {
  type ConvertedVoice,
  convertVoice,
  VoiceError,
  type VoiceFormat,
  voiceDurationSeconds,
} from '../../src/voice/index.ts'
import { amrClip, amrClipWithPause, amrFile, amrFrames, bitRates, speexClip } from './clips.ts'

const ffmpeg = findService('ffmpeg')
if (!ffmpeg)
  console.warn('hostile recordings: ffmpeg is not on this machine, only the JavaScript engine meets them')
const engines = ffmpeg ? (['javascript', 'ffmpeg'] as const) : (['javascript'] as const)

/**
 * Expects a clip as long as its whole frames, or a VoiceError that says the recording is damaged or unsupported. Any
 * other outcome, a timeout too, fails the test.
 */
async function expectClipOrRefusal(
  recording: Uint8Array,
  engine: (typeof engines)[number],
  contentType = '',
  format: VoiceFormat = 'wav',
): Promise<void> {
  const options = { format, engine, contentType, timeoutMs: 20_000, ffmpegPath: ffmpeg ?? 'ffmpeg' }
  const outcome = await convertVoice(recording, options).catch((error: unknown) => error)
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(VoiceError)
    expect(outcome).toHaveProperty('code', expect.stringMatching(/^voice_(damaged|unsupported)$/))
    return
  }
  const { data, durationSeconds } = outcome as ConvertedVoice
  expect(data.length).toBeGreaterThan(0)
  expect(durationSeconds).toBe(voiceDurationSeconds(recording) ?? Math.floor(recording.length / 60) / 50)
}

/** Flips some bits, none of them in the first six bytes. */
function flipBits(recording: Buffer, positions: readonly number[]): Buffer {
  const damaged = Buffer.from(recording)
  for (const position of positions) {
    const bit = 48 + (position % (damaged.length * 8 - 48))
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  }
  return damaged
}

const formats = fc.constantFrom<VoiceFormat>('wav', 'mp3', 'ogg')
const recordings = fc.constantFrom(...bitRates.map(bitRate => amrClip(bitRate)), amrClipWithPause())

/** Each run converts a recording, most of them in a process of its own. `npm run properties` makes many more. */
const runs = { numRuns: process.env.PROPERTY_RUNS ? 400 : 4 }

// Hundreds of conversions, which a busy machine takes its time for.
const patience = { timeout: process.env.PROPERTY_RUNS ? 1_200_000 : 120_000 }

describe.each(engines)('with the engine %s', patience, engine => {
  it('random bytes after the magic are a clip or an error', async () => {
    const bytes = fc.uint8Array({ maxLength: 4000 })
    await fc.assert(
      fc.asyncProperty(bytes, formats, (body, format) =>
        expectClipOrRefusal(amrFile([body]), engine, '', format),
      ),
      runs,
    )
  })

  it('random bytes in frames that look right are a clip or an error', async () => {
    const frame = fc
      .tuple(
        fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 15),
        fc.boolean(),
        fc.uint8Array({ minLength: 31, maxLength: 31 }),
      )
      .map(([type, isGood, body]) => {
        const lengths = [13, 14, 16, 18, 20, 21, 27, 32, 6]
        return Buffer.of((type << 3) | (isGood ? 4 : 0), ...body.subarray(0, (lengths[type] ?? 1) - 1))
      })
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 100 }), formats, (frames, format) =>
        expectClipOrRefusal(amrFile(frames), engine, '', format),
      ),
      runs,
    )
  })

  it('flipped bits in AMR are a clip or an error', async () => {
    const positions = fc.array(fc.nat(), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(recordings, positions, formats, (recording, bits, format) =>
        expectClipOrRefusal(flipBits(recording, bits), engine, '', format),
      ),
      runs,
    )
  })

  it('AMR that is cut anywhere is a clip or an error', async () => {
    const clip = amrFile(amrFrames())
    for (const length of [0, 1, 5, 6, 7, 8, 37, 38, 39, clip.length - 1]) {
      await expectClipOrRefusal(clip.subarray(0, length), engine)
    }
  })

  it('AMR of a single pause is a clip or an error', async () => {
    for (const frame of [[0x7c], [0x44, 0, 0, 0, 0, 0], [0x7c, 0x7c], [0x7c, 0x7c, 0x7c, 0x7c]]) {
      await expectClipOrRefusal(amrFile([Buffer.from(frame)]), engine)
    }
  })
})

describe.skipIf(!ffmpeg)('speex', patience, () => {
  it('with flipped bits is a clip or an error', async () => {
    const positions = fc.array(fc.nat(), { minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(positions, formats, (bits, format) =>
        expectClipOrRefusal(flipBits(speexClip(), bits), 'ffmpeg', 'voice/speex', format),
      ),
      runs,
    )
  })

  it('of random frames is a clip or an error', async () => {
    const bytes = fc.uint8Array({ minLength: 60, maxLength: 3000 }).map(body => {
      // The modes of each frame stay right, so that the decoder gets the noise.
      for (let frame = 0; frame + 60 <= body.length; frame += 60) {
        body[frame] = 0x30 | ((body[frame] ?? 0) & 7)
        body[frame + 45] = 0x0a | ((body[frame + 45] ?? 0) & 0xf0)
      }
      return body
    })
    await fc.assert(
      fc.asyncProperty(bytes, formats, (recording, format) =>
        expectClipOrRefusal(recording, 'ffmpeg', 'voice/speex', format),
      ),
      runs,
    )
  })

  it('that ends anywhere is a clip or an error', async () => {
    for (const length of [0, 1, 59, 60, 61, 119, 120, 6000]) {
      await expectClipOrRefusal(speexClip().subarray(0, length), 'ffmpeg', 'voice/speex')
    }
  })
})
