const MAGIC = Buffer.from('#!AMR\n', 'latin1')

/**
 * Bytes of a frame, including its header byte, by frame type: eight bit rates, then the comfort noise of a pause (SID).
 * Types 9 to 14 belong to other codecs and do not occur in files; 15 is a frame without data.
 */
const FRAME_LENGTHS = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1]
const SILENCE_DESCRIPTOR_TYPE = 8

/** Type 0 (the lowest bit rate), good quality: its zeros decode to digital silence. */
const SILENT_SPEECH_FRAME = Uint8Array.of(0x04, ...new Uint8Array(12))

export const AMR_SAMPLE_RATE = 8_000
const FRAMES_PER_SECOND = 50

export function isAmr(recording: Uint8Array): boolean {
  return MAGIC.equals(recording.subarray(0, MAGIC.length))
}

export interface AmrFrames {
  /** The recording up to its first damage: the magic bytes, then whole frames. */
  data: Uint8Array
  durationSeconds: number
}

/** Reads the frame headers of an AMR-NB file. Everything after a damaged header or an incomplete frame is left out. */
export function readAmrFrames(recording: Uint8Array): AmrFrames {
  let count = 0
  let end = MAGIC.length
  for (;;) {
    const length = getFrameLength(recording, end)
    if (length === 0 || end + length > recording.length) break
    end += length
    count += 1
  }
  return { data: recording.subarray(0, end), durationSeconds: count / FRAMES_PER_SECOND }
}

/**
 * Replaces each frame of a pause by a frame of silent speech. ffmpeg's decoder drops comfort noise and frames without
 * data, so that every pause would be missing from the clip.
 */
export function replacePausesBySilence(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [MAGIC]
  for (let offset = MAGIC.length; offset < data.length; ) {
    const frame = data.subarray(offset, offset + Math.max(1, getFrameLength(data, offset)))
    parts.push(isPause(frame) ? SILENT_SPEECH_FRAME : frame)
    offset += frame.length
  }
  return Buffer.concat(parts)
}

function isPause(frame: Uint8Array): boolean {
  return frame[0] === undefined || getFrameType(frame[0]) === SILENCE_DESCRIPTOR_TYPE || frame.length === 1
}

/** Returns 0 if no frame begins there. */
function getFrameLength(data: Uint8Array, offset: number): number {
  const header = data[offset]
  // Every writer leaves the three padding bits 0. If they are set, this is not a header: an earlier frame length was
  // damaged.
  if (header === undefined || (header & 0b1000_0011) !== 0) return 0
  return FRAME_LENGTHS[getFrameType(header)] ?? 0
}

function getFrameType(header: number): number {
  return (header >> 3) & 0x0f
}
