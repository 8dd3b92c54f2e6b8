import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { RunningSimulator } from 'express-wechat/simulator'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { encodeSpeex } from '../../../src/simulator/voice/speex.ts'
import { accessToken, amr, call, simulate } from '../support.ts'

const seconds = 1.5

function tone(sampleRate: number): Buffer {
  const pcm = Buffer.alloc(Math.round(seconds * sampleRate) * 2)
  for (let index = 0; index < pcm.length / 2; index += 1) {
    pcm.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * 440 * index) / sampleRate)), index * 2)
  }
  return pcm
}

/** Upward zero crossings tell a tone's height. */
function frequencyOf(pcm: Buffer, sampleRate: number): number {
  let crossings = 0
  for (let at = 2; at < pcm.length; at += 2)
    if (pcm.readInt16LE(at - 2) < 0 && pcm.readInt16LE(at) >= 0) crossings += 1
  return crossings / (pcm.length / 2 / sampleRate)
}

async function uploadVoice(simulator: RunningSimulator, narrow: Buffer, wide: Buffer, split = narrow.length) {
  const query = { type: 'voice', split: String(split) }
  const body = new Uint8Array(Buffer.concat([narrow, wide]))
  return call(simulator, '/simulator/page/media', query, { method: 'POST', body })
}

async function recorded(simulator: RunningSimulator) {
  const { body } = await uploadVoice(simulator, tone(8_000), tone(16_000))
  return { media_id: String(body.media_id), access_token: await accessToken(simulator) }
}

describe('what a page recorded', () => {
  it('comes out of media/get as AMR, 20 ms in each frame', async () => {
    const simulator = await simulate()
    const voice = await call(simulator, '/cgi-bin/media/get', await recorded(simulator))
    expect(voice.headers.get('content-type')).toBe('audio/amr')
    expect(voice.bytes.subarray(0, 6).toString()).toBe('#!AMR\n')
    expect(voice.bytes.length).toBe(6 + (seconds * 1000 * 32) / 20)
  })

  it('plays in the page as the tone that went in', async () => {
    const simulator = await simulate()
    const { media_id } = await recorded(simulator)
    const wav = await call(simulator, `/simulator/page/media/${media_id}`, { format: 'wav' })
    expect(wav.headers.get('content-type')).toBe('audio/wav')
    expect(wav.bytes.readUInt32LE(24)).toBe(8_000)
    // The codec needs a moment to find the tone.
    expect(frequencyOf(wav.bytes.subarray(44 + 4_000), 8_000)).toBeCloseTo(440, -1)
  })

  it('comes out of media/get/jssdk as frames of 60 bytes, where a program can make them', async () => {
    const simulator = await simulate()
    const query = await recorded(simulator)
    const { bytes, headers, body } = await call(simulator, '/cgi-bin/media/get/jssdk', query)
    if ((await encodeSpeex(tone(16_000))) === undefined) {
      expect(body.errcode).toBe(40007)
      return
    }
    expect(headers.get('content-type')).toBe('voice/speex')
    expect(bytes.length % 60).toBe(0)
    expect(bytes.length / 60).toBeGreaterThanOrEqual((seconds * 1000) / 20)
  })

  it('says how much of it is at 8 kHz', async () => {
    const simulator = await simulate()
    const refused = (split: number) => uploadVoice(simulator, tone(8_000), Buffer.alloc(0), split)
    for (const split of [0, 1, 3, -2, 1.5, Number.NaN, 1_000_000])
      expect((await refused(split)).status).toBe(400)
    const withoutSplit = await call(simulator, '/simulator/page/media', { type: 'voice' }, { method: 'POST' })
    expect(withoutSplit.status).toBe(400)
  })

  it('is any length down to a single sample', async () => {
    const simulator = await simulate()
    const { body } = await uploadVoice(simulator, Buffer.alloc(2), Buffer.alloc(0))
    const query = { access_token: await accessToken(simulator), media_id: String(body.media_id) }
    expect((await call(simulator, '/cgi-bin/media/get', query)).bytes.length).toBe(6 + 32)
  })
})

describe('a voice that was sent by others', () => {
  it('is played where it is AMR, and says where it is none', async () => {
    const simulator = await simulate()
    const play = (data: Buffer) =>
      call(simulator, `/simulator/page/media/${simulator.uploadMedia({ type: 'voice', data })}`, {
        format: 'wav',
      })
    expect((await play(Buffer.from('ID3 of an mp3'))).headers.get('content-type')).toBe('audio/mp3')
    expect((await play(Buffer.concat([amr.subarray(0, 6), Buffer.alloc(32, 0x3c)]))).status).toBe(200)
    expect((await play(Buffer.from('nothing of the kind'))).status).toBe(415)
  })
})

describe.skipIf(process.platform === 'win32')('speex', () => {
  afterEach(() => vi.unstubAllEnvs())

  function programsAre(programs: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-programs-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    const cat = '/bin'
    vi.stubEnv('PATH', [folder, ...(Object.keys(programs).length > 0 ? [cat] : [])].join(delimiter))
  }

  it('is left out on a machine without a program for it', async () => {
    programsAre({})
    expect(await encodeSpeex(tone(16_000))).toBeUndefined()
    const simulator = await simulate()
    const query = await recorded(simulator)
    expect((await call(simulator, '/cgi-bin/media/get/jssdk', query)).body.errcode).toBe(40007)
    expect((await call(simulator, '/cgi-bin/media/get', query)).headers.get('content-type')).toBe('audio/amr')
  })

  it.each([
    [60, 120],
    [59, undefined],
  ])('is made of packets of 60 bytes: of two with %i come %s', async (packetBytes, length) => {
    const page = Buffer.alloc(27)
    page.write('OggS', 0, 'latin1')
    page.writeUInt8(4, 26)
    const packets = Buffer.alloc(2 * 10 + 2 * packetBytes, 1)
    const ogg = Buffer.concat([page, Buffer.of(10, 10, packetBytes, packetBytes), packets])
    programsAre({ speexenc: `cat >/dev/null; printf '${escaped(ogg)}'`, ffmpeg: 'exit 3' })
    expect((await encodeSpeex(tone(16_000)))?.length).toBe(length)
  })

  it('is left out where the programs fail or write something else', async () => {
    programsAre({ speexenc: 'exit 3', ffmpeg: 'cat >/dev/null; echo OggS and no more' })
    expect(await encodeSpeex(tone(16_000))).toBeUndefined()
  })
})

const escaped = (bytes: Buffer) => [...bytes].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')
