/** Decodes a sound file to mono samples of 16 bits, at the given sample rate in hertz. */
export async function decodePcm(file: Blob, sampleRate: number): Promise<Int16Array> {
  // decodeAudioData resamples to the rate of the context that it is called on.
  const sound = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(await file.arrayBuffer())
  const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index))
  return Int16Array.from({ length: sound.length }, (_, index) => {
    const sum = channels.reduce((total, channel) => total + (channel[index] ?? 0), 0)
    return Math.round(Math.max(-1, Math.min(1, sum / channels.length)) * 32_767)
  })
}

/** Returns a tune as a WAV file, for machines without a microphone: three notes of a chord, over and over. */
export function cannedTune(durationMs: number): Blob {
  const sampleRate = 16_000
  const samples = new Int16Array(Math.round((durationMs / 1000) * sampleRate))
  const notes = [440, 554.37, 659.25]
  for (let index = 0; index < samples.length; index++) {
    const seconds = index / sampleRate
    const beat = (seconds * 2.5) % 1
    const note = notes[Math.floor(seconds * 2.5) % notes.length] ?? 440
    samples[index] = Math.round(Math.sin(2 * Math.PI * note * seconds) * (1 - beat) * 12_000)
  }
  return wav(samples, sampleRate)
}

function wav(samples: Int16Array, sampleRate: number): Blob {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2))
  const ascii = (offset: number, text: string) => {
    for (let index = 0; index < text.length; index++) view.setUint8(offset + index, text.charCodeAt(index))
  }
  ascii(0, 'RIFF')
  view.setUint32(4, 36 + samples.length * 2, true)
  ascii(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  ascii(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((sample, index) => {
    view.setInt16(44 + index * 2, sample, true)
  })
  return new Blob([view.buffer], { type: 'audio/wav' })
}
