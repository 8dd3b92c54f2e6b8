import { performance } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { findService } from '../../scripts/services.js'
import { WechatConfigError } from '../../src/errors/errors.ts'
import { type ConvertVoiceOptions, convertVoice } from '../../src/voice/index.ts'
import { amrClip, amrClipWithPause, amrFile, bitRates, longAmrFile, noDataFrame, speexClip } from './clips.ts'
import { decodeWithFfmpeg, loudness, readWav, type Sound, secondsOf, toneShare } from './sound.ts'

const nowhere = '/nowhere/ffmpeg'
const ffmpeg = findService('ffmpeg')
if (!ffmpeg) console.warn('convertVoice: the tests with ffmpeg are skipped, it is not on this machine')
const ffmpegPath = ffmpeg ?? nowhere

function expectTone(sound: Sound, seconds: number, tolerance = 0): void {
  expect(Math.abs(secondsOf(sound) - seconds)).toBeLessThanOrEqual(tolerance)
  expect(toneShare(sound, 440)).toBeGreaterThan(0.9)
}

/** An encoder works in blocks: what it makes may be longer by a few, at 16 kHz and above. */
const blocks = 0.15

const engines = [
  { engine: 'javascript', available: true },
  { engine: 'ffmpeg', available: ffmpeg !== undefined },
] as const

describe.each(engines)('AMR with the engine $engine', ({ engine, available }) => {
  const options = { engine, ffmpegPath }

  describe.skipIf(!available)('on this machine', () => {
    it('becomes a WAV file of the same tone and length at each bit rate, many at once', async () => {
      const voices = await Promise.all(
        bitRates.map(bitRate =>
          convertVoice(amrClip(bitRate), { ...options, format: 'wav', timeoutMs: 30_000 }),
        ),
      )
      for (const voice of voices) {
        expect(voice).toMatchObject({ contentType: 'audio/wav', extension: 'wav', durationSeconds: 1.5 })
        const sound = readWav(voice.data)
        expect(sound.sampleRate).toBe(8000)
        expectTone(sound, 1.5)
      }
    })

    it.skipIf(!ffmpeg)('becomes an MP3 file of the same tone and length', async () => {
      const voice = await convertVoice(amrClip('12.2'), { ...options, format: 'mp3' })
      expect(voice).toMatchObject({ contentType: 'audio/mpeg', extension: 'mp3', durationSeconds: 1.5 })
      expectTone(decodeWithFfmpeg(ffmpegPath, voice.data), 1.5, blocks)
    })

    it.skipIf(!ffmpeg)('becomes an Ogg file of the same tone and length', async () => {
      const voice = await convertVoice(amrClip('12.2'), { ...options, format: 'ogg' })
      expect(voice).toMatchObject({ contentType: 'audio/ogg', extension: 'ogg', durationSeconds: 1.5 })
      expect(voice.data.toString('latin1', 0, 4)).toBe('OggS')
      expectTone(decodeWithFfmpeg(ffmpegPath, voice.data), 1.5, blocks)
    })

    it('writes MP3 at 16 kHz, which is MPEG 2 and known to every player', async () => {
      const { data } = await convertVoice(amrClip('12.2'), { ...options, format: 'mp3' })
      const version = (data.readUInt8(1) >> 3) & 0b11
      const sampleRateIndex = (data.readUInt8(2) >> 2) & 0b11
      expect([data.readUInt8(0), version, sampleRateIndex]).toEqual([0xff, 0b10, 0b10])
    })

    it('keeps pauses: they last as long as in the recording, and are quiet', async () => {
      const sound = readWav((await convertVoice(amrClipWithPause(), { ...options, format: 'wav' })).data)
      expect(secondsOf(sound)).toBe(2.5)
      expect(loudness(sound, 0.8, 1.9)).toBeLessThan(loudness(sound, 0.1, 0.4) / 100)
      expect(loudness(sound, 2.2, 2.4)).toBeGreaterThan(loudness(sound, 0.1, 0.4) / 2)
    })

    it('makes a shorter clip of a recording that was cut', async () => {
      const clip = amrClip('12.2')
      const voice = await convertVoice(clip.subarray(0, clip.length / 2), { ...options, format: 'wav' })
      expect(voice.durationSeconds).toBe(0.74)
      expectTone(readWav(voice.data), 0.74)
    })

    it('refuses an output larger than the limit', async () => {
      await expect(
        convertVoice(amrClip('12.2'), { ...options, format: 'mp3', maxOutputBytes: 1000 }),
      ).rejects.toMatchObject({ code: 'voice_too_large', status: 413 })
    })

    it('stops when the time is up', async () => {
      await expect(
        convertVoice(longAmrFile(10), { ...options, format: 'mp3', timeoutMs: 40 }),
      ).rejects.toMatchObject({ code: 'voice_timeout', status: 504 })
    })

    it('stops when the caller goes away', async () => {
      const caller = new AbortController()
      const conversion = convertVoice(longAmrFile(10), { ...options, format: 'mp3', signal: caller.signal })
      setImmediate(() => caller.abort(new Error('the caller went away')))
      await expect(conversion).rejects.toThrow('the caller went away')
    })

    it('leaves the event loop free', async () => {
      const before = performance.eventLoopUtilization()
      await convertVoice(longAmrFile(1), { ...options, format: 'mp3', timeoutMs: 30_000 })
      expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5)
    })
  })
})

describe.skipIf(!ffmpeg)('speex with ffmpeg', () => {
  it('becomes a WAV file of the same tone and length', async () => {
    const voice = await convertVoice(speexClip(), { format: 'wav', ffmpegPath })
    expect(voice.durationSeconds).toBe(1.52)
    const sound = readWav(voice.data)
    expect(sound.sampleRate).toBe(16_000)
    expectTone(sound, 1.52)
  })

  it.each(['mp3', 'ogg'] as const)('becomes an %s file of the same tone and length', async format => {
    const voice = await convertVoice(speexClip(), { format, ffmpegPath })
    expect(voice.durationSeconds).toBe(1.52)
    expectTone(decodeWithFfmpeg(ffmpegPath, voice.data), 1.52, blocks)
  })

  it('is longer than one page of Ogg', async () => {
    const fourPages = Buffer.concat(Array(4).fill(speexClip()))
    const sound = readWav((await convertVoice(fourPages, { format: 'wav', ffmpegPath })).data)
    expect(secondsOf(sound)).toBe(6.08)
  })

  it('is quiet for the 20 ms of a damaged frame, and plays on', async () => {
    const damaged = speexClip()
    for (let frame = 20; frame < 30; frame += 1) damaged[frame * 60] = 0xff
    const voice = await convertVoice(damaged, { format: 'wav', contentType: 'voice/speex', ffmpegPath })
    const sound = readWav(voice.data)
    expect(secondsOf(sound)).toBe(1.52)
    expect(loudness(sound, 0.5, 0.58)).toBeLessThan(loudness(sound, 0.1, 0.35) / 10)
    expect(loudness(sound, 0.8, 1.4)).toBeGreaterThan(loudness(sound, 0.1, 0.35) / 2)
  })
})

describe('what is not converted', () => {
  it.each([
    ['an MP3 file', Buffer.from('ID3\x04'), 'already mp3'],
    ['a WAV file', Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), 'already wav'],
    ['an error in JSON', Buffer.from('{"errcode":40007}'), 'neither AMR-NB nor headerless wideband speex'],
  ])('%s is unsupported', async (_, recording, message) => {
    const conversion = convertVoice(recording, { format: 'mp3' })
    await expect(conversion).rejects.toMatchObject({
      name: 'VoiceError',
      code: 'voice_unsupported',
      status: 415,
    })
    await expect(conversion).rejects.toThrow(message)
  })

  it.each([
    ['AMR without a frame', Buffer.from('#!AMR\n'), undefined],
    ['AMR whose first header is damaged', amrFile([Buffer.alloc(100, 0xff)]), undefined],
    ['what is only called speex', Buffer.alloc(600, 'a'), 'voice/speex'],
  ])('%s is damaged, before any work', async (_, recording, contentType = '') => {
    const options = { format: 'mp3', engine: 'ffmpeg', ffmpegPath: nowhere, contentType } as const
    await expect(convertVoice(recording, options)).rejects.toMatchObject({
      code: 'voice_damaged',
      status: 422,
    })
  })

  it('a recording of many bytes is too large before it is looked at', async () => {
    const conversion = convertVoice(Buffer.alloc(1_800_061), { format: 'mp3' })
    await expect(conversion).rejects.toMatchObject({ code: 'voice_too_large' })
    await expect(convertVoice(Buffer.alloc(1_800_060), { format: 'mp3' })).rejects.toMatchObject({
      code: 'voice_unsupported',
    })
  })

  it('a recording that would play for hours is too large before any work', async () => {
    const bomb = amrFile([Buffer.alloc(1_000_000, noDataFrame)])
    const options = { format: 'mp3', engine: 'ffmpeg', ffmpegPath: nowhere } as const
    await expect(convertVoice(bomb, options)).rejects.toMatchObject({ code: 'voice_too_large' })
  })

  it('a WAV file above the limit is too large before any work', async () => {
    const options = { format: 'wav', engine: 'ffmpeg', ffmpegPath: nowhere, maxOutputBytes: 24_043 } as const
    await expect(convertVoice(amrClip('12.2'), options)).rejects.toMatchObject({ code: 'voice_too_large' })
  })

  it('nothing is begun for a caller who has gone', async () => {
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(convertVoice(amrClip('12.2'), { format: 'wav', signal })).rejects.toThrow('gone')
  })
})

describe('the options of convertVoice', () => {
  it.each<[unknown, string]>([
    [undefined, '"format" must be "mp3", "wav" or "ogg"'],
    [{}, '"format" must be "mp3", "wav" or "ogg"'],
    [{ format: 'aac' }, '"format" must be "mp3", "wav" or "ogg"'],
    [{ format: '' }, '"format" must be "mp3", "wav" or "ogg"'],
    [{ format: 'toString' }, '"format" must be "mp3", "wav" or "ogg"'],
    [{ format: '__proto__' }, '"format" must be "mp3", "wav" or "ogg"'],
    [{ format: 'mp3', engine: 'lame' }, '"engine" must be "auto", "ffmpeg" or "javascript"'],
    [{ format: 'mp3', engine: 'constructor' }, '"engine" must be "auto", "ffmpeg" or "javascript"'],
    [{ format: 'mp3', timeoutMs: -1 }, '"timeoutMs" must be at least 1 (millisecond)'],
    [{ format: 'mp3', timeoutMs: 1.5 }, '"timeoutMs" must be a whole number of milliseconds'],
    [{ format: 'mp3', timeoutMs: 1e12 }, '"timeoutMs" must be at most 2147483647 (milliseconds)'],
    [{ format: 'mp3', timeoutMs: '10' }, '"timeoutMs" must be a number of milliseconds'],
    [{ format: 'mp3', maxOutputBytes: 0 }, '"maxOutputBytes" must be a number of bytes'],
    [{ format: 'mp3', maxDurationSeconds: Number.NaN }, '"maxDurationSeconds" must be a number of seconds'],
    [{ format: 'mp3', ffmpegPath: '' }, '"ffmpegPath" must be the path of a program'],
    [{ format: 'mp3', contentType: 1 }, '"contentType" must be a content type such as "voice/speex"'],
    [{ format: 'mp3', signal: {} }, '"signal" must be an AbortSignal'],
    [{ format: 'mp3', formt: 1 }, '"formt" is not an option'],
  ])('%j: %s', async (options, complaint) => {
    const conversion = convertVoice(amrClip('12.2'), options as ConvertVoiceOptions)

    await expect(conversion).rejects.toBeInstanceOf(WechatConfigError)
    await expect(conversion).rejects.toThrow(`convertVoice: ${complaint}`)
  })

  it.each([undefined, 'text', [1, 2], new ArrayBuffer(8)])('refuses %o as a recording', async recording => {
    const conversion = convertVoice(recording as unknown as Uint8Array, { format: 'mp3' })

    await expect(conversion).rejects.toBeInstanceOf(WechatConfigError)
    await expect(conversion).rejects.toThrow('convertVoice: the first argument must be the bytes')
  })

  it('takes no limit, an absent content type and undefined options', async () => {
    const voice = await convertVoice(amrClip('12.2'), {
      format: 'wav',
      contentType: null,
      engine: undefined,
      ffmpegPath: nowhere,
      timeoutMs: undefined,
      maxOutputBytes: Number.POSITIVE_INFINITY,
      maxDurationSeconds: Number.POSITIVE_INFINITY,
      signal: undefined,
    })

    expect(voice.durationSeconds).toBe(1.5)
  })
})

describe('without ffmpeg', () => {
  it('AMR is converted by the packages', async () => {
    const voice = await convertVoice(amrClip('12.2'), { format: 'wav', ffmpegPath: nowhere })
    expectTone(readWav(voice.data), 1.5)
  })

  it('speex names ffmpeg as what to install', async () => {
    for (const engine of ['auto', 'ffmpeg', 'javascript'] as const) {
      const conversion = convertVoice(speexClip(), { format: 'mp3', engine, ffmpegPath: nowhere })
      await expect(conversion).rejects.toMatchObject({ code: 'voice_engine_missing', status: 501 })
      await expect(conversion).rejects.toThrow(
        /^converting speex to mp3 needs ffmpeg with libmp3lame on the PATH \(apt-get install ffmpeg, [^)]*\) \(docs\/errors\.md#voice_engine_missing\)$/,
      )
    }
  })
})
