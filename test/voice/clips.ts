import { readFileSync } from 'node:fs'

export const bitRates = ['4.75', '5.15', '5.90', '6.70', '7.40', '7.95', '10.2', '12.2'] as const

/** 1.5 s of a 440 Hz tone. How it was made is in the folder. */
export function amrClip(bitRate: (typeof bitRates)[number]): Buffer {
  return clip(`tone-${bitRate}.amr`)
}

/** Half a second of the tone, a pause of 1.5 s, and the tone again: 2.5 s. */
export function amrClipWithPause(): Buffer {
  return clip('pause.amr')
}

/** The same tone as headerless wideband frames; the last frame's padding makes it 1.52 s. */
export function speexClip(): Buffer {
  return clip('tone.speex')
}

const amrHeader = Buffer.from('#!AMR\n')
export const noDataFrame = Buffer.of(0x7c)
export const comfortNoiseFrame = Buffer.of(0x44, 0, 0, 0, 0, 0)

/** The 32-byte frames of the clip at 12.2 kbit/s. */
export function amrFrames(): Buffer[] {
  const clip = amrClip('12.2')
  const frames: Buffer[] = []
  for (let offset = amrHeader.length; offset < clip.length; offset += 32) {
    frames.push(clip.subarray(offset, offset + 32))
  }
  return frames
}

export function amrFile(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat([amrHeader, ...frames])
}

/** The tone for so many minutes; ten are the most that is converted. */
export function longAmrFile(minutes: number): Buffer {
  return amrFile(
    Array<Buffer[]>(minutes * 40)
      .fill(amrFrames())
      .flat(),
  )
}

function clip(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/voice/${name}`, import.meta.url))
}
