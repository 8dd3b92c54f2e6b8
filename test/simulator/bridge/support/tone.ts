import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wav } from './fixture-simulator.ts'

/** A file with a steady tone, for the browser to take as its microphone. */
export function toneFile(frequency: number): string {
  const sampleRate = 48_000
  const pcm = Buffer.alloc(sampleRate * 2 * 2)
  for (let index = 0; index < pcm.length / 2; index++) {
    pcm.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * frequency * index) / sampleRate)), index * 2)
  }
  const path = join(mkdtempSync(join(tmpdir(), 'wxsim-')), 'tone.wav')
  writeFileSync(path, wav(pcm, sampleRate))
  return path
}

/** How much of a recording's energy is in one frequency: 1 for a pure tone of it. */
export function shareOf(frequency: number, pcm: Buffer, sampleRate: number): number {
  // A whole number of periods, and without the beginning, where a microphone may still be opening.
  const period = sampleRate / frequency
  const total = pcm.length / 2
  const count = Math.floor(Math.floor((total * 0.6) / period) * period)
  const from = Math.floor(total * 0.3)
  let [sine, cosine, energy] = [0, 0, 0]
  for (let index = 0; index < count; index++) {
    const sample = pcm.readInt16LE((from + index) * 2)
    const angle = (2 * Math.PI * frequency * index) / sampleRate
    sine += sample * Math.sin(angle)
    cosine += sample * Math.cos(angle)
    energy += sample * sample
  }
  return energy === 0 ? 0 : (2 * (sine * sine + cosine * cosine)) / count / energy
}
