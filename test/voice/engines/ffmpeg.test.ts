import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { availableParallelism } from 'node:os'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { convertVoice } from '../../../src/voice/index.ts'
import { amrClip, longAmrFile, speexClip } from '../clips.ts'
import { fakeProgram } from '../fake-program.ts'
import { readWav, secondsOf } from '../sound.ts'

const hangs = 'echo $$ > "$0.pid"\nexec tail -f /dev/null'

function convertWith(ffmpegPath: string, options: Partial<Parameters<typeof convertVoice>[1]> = {}) {
  return convertVoice(amrClip('12.2'), { format: 'ogg', engine: 'ffmpeg', ffmpegPath, ...options })
}

function expectGone(pid: number): Promise<void> {
  return vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'))
}

describe.skipIf(process.platform === 'win32')('an ffmpeg', () => {
  it('that hangs is killed when the time is up, although it never reads its input', async () => {
    const program = fakeProgram(hangs)
    const conversion = convertVoice(longAmrFile(10), {
      format: 'ogg',
      engine: 'ffmpeg',
      ffmpegPath: program.path,
      timeoutMs: 3000,
    })
    await expect(conversion).rejects.toMatchObject({ code: 'voice_timeout' })
    await expectGone(Number(program.note('pid')))
  })

  it('is killed when the caller goes away', async () => {
    const program = fakeProgram(hangs)
    const caller = new AbortController()
    const conversion = convertWith(program.path, { signal: caller.signal })
    const pid = await vi.waitFor(() => {
      const written = Number(program.note('pid'))
      expect(written).toBeGreaterThan(0)
      return written
    })
    caller.abort(new Error('the caller went away'))
    await expect(conversion).rejects.toThrow('the caller went away')
    await expectGone(pid)
  })

  it('that writes without end is killed at the limit', async () => {
    const program = fakeProgram('echo $$ > "$0.pid"\nexec yes')
    await expect(convertWith(program.path)).rejects.toMatchObject({ code: 'voice_too_large' })
    await expectGone(Number(program.note('pid')))
  })

  it('that complains by the megabyte is read to its end', async () => {
    const program = fakeProgram('yes complaint | head -c 3000000 >&2\nprintf sound')
    expect((await convertWith(program.path)).data.toString()).toBe('sound')
  })

  it('that fails means a damaged recording; its words are for developers only', async () => {
    const program = fakeProgram('echo "pipe:0: Invalid data" >&2\nprintf part\nexit 69')
    const error: unknown = await convertWith(program.path).catch(reason => reason)
    expect(error).toMatchObject({ code: 'voice_damaged', status: 422 })
    expect(error).toHaveProperty(
      'message',
      'ffmpeg could not convert the amr recording (docs/errors.md#voice_damaged)',
    )
    expect(JSON.stringify(error)).not.toContain('Invalid data')
    expect(inspect(error)).toContain('Invalid data')
  })

  it('that fails with many words keeps only the first of them', async () => {
    const program = fakeProgram('yes complaint | head -c 3000000 >&2\nexit 1')
    const error = await convertWith(program.path).catch(reason => reason)
    expect(error.cause.message).toHaveLength(4096)
  })

  it('that makes nothing means a damaged recording', async () => {
    await expect(convertWith(fakeProgram('exit 0').path)).rejects.toMatchObject({ code: 'voice_damaged' })
  })

  it('that is there comes before the packages', async () => {
    const program = fakeProgram('printf sound')
    expect((await convertWith(program.path, { engine: 'auto' })).data.toString()).toBe('sound')
  })

  it('is started once for each core, and the other conversions wait', async () => {
    const program = fakeProgram('exec tail -f /dev/null')
    let started = 0
    const count = () => {
      started += 1
    }
    subscribe('child_process', count)
    onTestFinished(() => void unsubscribe('child_process', count))

    const callers = new AbortController()
    const conversions = Array.from({ length: availableParallelism() + 2 }, () =>
      convertWith(program.path, { signal: callers.signal }),
    )
    const outcomes = Promise.allSettled(conversions)
    await new Promise(resolve => setImmediate(resolve))
    expect(started).toBe(availableParallelism())
    callers.abort()
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true)
    expect(started).toBe(availableParallelism())
  })

  it('that lacks the encoder counts as missing, and the packages take over', async () => {
    const program = fakeProgram(`echo "Unknown encoder 'libopus'" >&2\nexit 1`)
    await expect(convertWith(program.path)).rejects.toMatchObject({
      code: 'voice_engine_missing',
      message: expect.stringContaining('converting amr to ogg needs ffmpeg with libopus'),
    })
    const voice = await convertWith(program.path, { engine: 'auto' })
    expect(voice.data.toString('latin1', 0, 4)).toBe('OggS')
  })

  it('learns nothing of the application', async () => {
    vi.stubEnv('WECHAT_APP_SECRET', 'the application secret')
    const program = fakeProgram('env > "$0.env"\nprintf sound')
    await convertWith(program.path).finally(() => vi.unstubAllEnvs())
    expect(program.note('env')).toContain('PATH=')
    expect(program.note('env')).not.toContain('the application secret')
  })

  it('may open no file and no address, and must not guess what it reads', async () => {
    const program = fakeProgram('echo "$@" > "$0.args"\nprintf sound')
    await convertWith(program.path)
    expect(program.note('args')).toMatch(
      /-nostdin .*-max_alloc \d+ -protocol_whitelist pipe .*-f amr .*-i pipe:0 /,
    )
    expect(program.note('args')).toMatch(/ -codec_whitelist amrnb\S* .*-i .* -t 1\.5 .* pipe:1$/m)
    await convertVoice(speexClip(), { format: 'mp3', ffmpegPath: program.path })
    expect(program.note('args')).toMatch(/-f ogg -codec_whitelist speex\S* -i pipe:0 .* -t 1\.52 /)
  })

  it('that answers less than the recording holds makes a shorter clip', async () => {
    const program = fakeProgram('head -c 8000 /dev/zero')
    const voice = await convertWith(program.path, { format: 'wav' })
    expect(voice.durationSeconds).toBe(0.5)
    expect(secondsOf(readWav(voice.data))).toBe(0.5)
  })
})
