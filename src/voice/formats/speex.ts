/** WeChat records wideband frames of one fixed size, 20 ms each, without a header. */
export const SPEEX_FRAME_BYTES = 60
export const SPEEX_SAMPLE_RATE = 16_000
export const SPEEX_FRAME_SAMPLES = 320
export const SPEEX_BYTES_PER_SECOND = (SPEEX_FRAME_BYTES * SPEEX_SAMPLE_RATE) / SPEEX_FRAME_SAMPLES

/** How many bits the low band of a frame has. The index is the number of the low band's mode. */
const LOW_BAND_BITS = [5, 43, 119, 160, 220, 300, 364, 492, 79]
/** The same for the high band, which follows the low band in a frame. */
const HIGH_BAND_BITS = [4, 36, 112, 192, 352]

export interface SpeexFrames {
  /** Whole frames; damaged ones are replaced by silence. */
  data: Uint8Array
  durationSeconds: number
}

/** Reads headerless speex. Returns undefined if half of the frames or more are damaged. */
export function readSpeexFrames(recording: Uint8Array): SpeexFrames | undefined {
  const count = Math.floor(recording.length / SPEEX_FRAME_BYTES)
  const data = new Uint8Array(count * SPEEX_FRAME_BYTES)
  let intact = 0
  for (let offset = 0; offset < data.length; offset += SPEEX_FRAME_BYTES) {
    const frame = recording.subarray(offset, offset + SPEEX_FRAME_BYTES)
    if (!isSpeexFrame(frame)) continue
    data.set(frame, offset)
    intact += 1
  }
  if (intact * 2 <= count) return undefined
  return { data, durationSeconds: (count * SPEEX_FRAME_SAMPLES) / SPEEX_SAMPLE_RATE }
}

/** Whether all bytes belong to speex frames; the last frame may be incomplete. For recordings without a content type. */
export function looksLikeSpeex(recording: Uint8Array): boolean {
  if (recording.length < SPEEX_FRAME_BYTES) return false
  for (let offset = 0; offset + SPEEX_FRAME_BYTES <= recording.length; offset += SPEEX_FRAME_BYTES) {
    if (!isSpeexFrame(recording.subarray(offset, offset + SPEEX_FRAME_BYTES))) return false
  }
  return true
}

/** A frame names the modes of its two bands, and thereby its length in bits, which must fit into 60 bytes. */
function isSpeexFrame(frame: Uint8Array): boolean {
  if (readBits(frame, 0, 1) !== 0) return false
  const lowBand = LOW_BAND_BITS[readBits(frame, 1, 4)]
  if (lowBand === undefined || readBits(frame, lowBand, 1) !== 1) return false
  const highBand = HIGH_BAND_BITS[readBits(frame, lowBand + 1, 3)]
  return highBand !== undefined && lowBand + highBand <= SPEEX_FRAME_BYTES * 8
}

function readBits(frame: Uint8Array, offset: number, count: number): number {
  let value = 0
  for (let bit = offset; bit < offset + count; bit += 1) {
    value = (value << 1) | (((frame[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  }
  return value
}
