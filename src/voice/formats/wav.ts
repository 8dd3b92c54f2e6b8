export const wavHeaderBytes = 44
const bytesPerSample = 2
const pulseCodeModulation = 1

/** 16-bit mono samples as a WAV file. */
export function wavFile(samples: Buffer, sampleRate: number): Buffer {
  const header = Buffer.alloc(wavHeaderBytes)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(wavHeaderBytes - 8 + samples.length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(pulseCodeModulation, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * bytesPerSample, 28)
  header.writeUInt16LE(bytesPerSample, 32)
  header.writeUInt16LE(bytesPerSample * 8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

/** Bytes of 16-bit mono sound. */
export function sampleBytes(durationSeconds: number, sampleRate: number): number {
  return Math.round(durationSeconds * sampleRate) * bytesPerSample
}
