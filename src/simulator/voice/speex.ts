import { spawn } from 'node:child_process'
import { oggPackets } from './ogg-packets.js'

const headerPackets = 2
const frameBytes = 60
const timeoutMs = 20_000

const encoders: readonly (readonly [program: string, ...parameters: string[]])[] = [
  ['speexenc', '--quiet', '--wideband', '--quality', '7', '--rate', '16000', '--le', '--16bit', '-', '-'],
  [
    'ffmpeg',
    ...'-hide_banner -loglevel error -f s16le -ar 16000 -ac 1 -i pipe:0'.split(' '),
    ...'-c:a libspeex -cbr_quality 7 -f ogg pipe:1'.split(' '),
  ],
]

/**
 * Encodes PCM at 16 kHz, 16 bit little endian mono, as WeChat's "speex": wideband frames of 20 ms one after the other,
 * without a container. Undefined if neither speexenc nor ffmpeg can make them on this machine.
 */
export async function encodeSpeex(pcm: Buffer): Promise<Buffer | undefined> {
  if (pcm.length === 0) return undefined
  for (const [program, ...parameters] of encoders) {
    const ogg = await readOutput(program, parameters, pcm)
    const frames = ogg ? oggPackets(ogg).slice(headerPackets) : []
    if (frames.length > 0 && frames.every(frame => frame.length === frameBytes)) return Buffer.concat(frames)
  }
  return undefined
}

function readOutput(program: string, parameters: string[], input: Buffer): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const child = spawn(program, parameters, {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', () => resolve(undefined))
    child.once('close', code => resolve(code === 0 ? Buffer.concat(chunks) : undefined))
    // A program that ends early makes writing its input fail. The error is ignored, because `close` reports how it ended.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
