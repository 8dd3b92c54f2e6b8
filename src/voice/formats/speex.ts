/** What WeChat records: wideband frames of one fixed size, 20 ms each, without any header. */
export const speexFrameBytes = 60
export const speexSampleRate = 16_000
export const speexFrameSamples = 320
export const speexBytesPerSecond = (speexFrameBytes * speexSampleRate) / speexFrameSamples

/** Bits that a frame's low band and high band take, by their modes. 0: no such mode. */
const lowBandBits = [5, 43, 119, 160, 220, 300, 364, 492, 79]
const highBandBits = [4, 36, 112, 192, 352]

export interface SpeexFrames {
  /** Whole frames; one that is not a frame has become silence. */
  data: Uint8Array
  durationSeconds: number
}

/** Reads headerless speex. Undefined when most of it is not frames. */
export function readSpeexFrames(recording: Uint8Array): SpeexFrames | undefined {
  const count = Math.floor(recording.length / speexFrameBytes)
  const data = new Uint8Array(count * speexFrameBytes)
  let intact = 0
  for (let offset = 0; offset < data.length; offset += speexFrameBytes) {
    const frame = recording.subarray(offset, offset + speexFrameBytes)
    if (!isSpeexFrame(frame)) continue
    data.set(frame, offset)
    intact += 1
  }
  if (intact * 2 <= count) return undefined
  return { data, durationSeconds: (count * speexFrameSamples) / speexSampleRate }
}

/** Whether every byte belongs to a speex frame (the last may be cut): asked where nothing else names the format. */
export function looksLikeSpeex(recording: Uint8Array): boolean {
  if (recording.length < speexFrameBytes) return false
  for (let offset = 0; offset + speexFrameBytes <= recording.length; offset += speexFrameBytes) {
    if (!isSpeexFrame(recording.subarray(offset, offset + speexFrameBytes))) return false
  }
  return true
}

/** The size check: a frame names the modes of its two bands, hence its length in bits, and 60 bytes must hold it. */
function isSpeexFrame(frame: Uint8Array): boolean {
  if (bitsAt(frame, 0, 1) !== 0) return false
  const lowBand = lowBandBits[bitsAt(frame, 1, 4)]
  if (lowBand === undefined || bitsAt(frame, lowBand, 1) !== 1) return false
  const highBand = highBandBits[bitsAt(frame, lowBand + 1, 3)]
  return highBand !== undefined && lowBand + highBand <= speexFrameBytes * 8
}

function bitsAt(frame: Uint8Array, offset: number, count: number): number {
  let value = 0
  for (let bit = offset; bit < offset + count; bit += 1) {
    value = (value << 1) | (((frame[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  }
  return value
}
