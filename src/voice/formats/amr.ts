const magic = Buffer.from('#!AMR\n', 'latin1')

/**
 * Length of a frame, its header byte included, by frame type: the eight bit rates, then the comfort noise of a
 * pause (SID). Types 9 to 14 belong to other codecs and never stand in a file; 15 is a frame without data.
 */
const frameLengths = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1]
const silenceDescriptor = 8

/**
 * At the lowest bit rate, zeros decode to digital silence.
 * The header byte says: type 0, good quality.
 */
const silentSpeechFrame = Uint8Array.of(0x04, ...new Uint8Array(12))

export const amrSampleRate = 8_000
const framesPerSecond = 50

export function isAmr(recording: Uint8Array): boolean {
  return magic.equals(recording.subarray(0, magic.length))
}

export interface AmrFrames {
  /** The recording up to its first damage: the magic, then whole frames. */
  data: Uint8Array
  durationSeconds: number
}

/** Walks the frame headers of an AMR-NB file. What follows a damaged header, or a cut frame, is left out. */
export function readAmrFrames(recording: Uint8Array): AmrFrames {
  let count = 0
  let end = magic.length
  for (;;) {
    const length = frameLengthAt(recording, end)
    if (length === 0 || end + length > recording.length) break
    end += length
    count += 1
  }
  return { data: recording.subarray(0, end), durationSeconds: count / framesPerSecond }
}

/**
 * The same frames with each pause written as speech that is silent. ffmpeg's decoder knows neither comfort noise
 * nor frames without data: it drops them, and every pause would be missing from the clip.
 */
export function spellOutPauses(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [magic]
  for (let offset = magic.length; offset < data.length; ) {
    const frame = data.subarray(offset, offset + Math.max(1, frameLengthAt(data, offset)))
    parts.push(isPause(frame) ? silentSpeechFrame : frame)
    offset += frame.length
  }
  return Buffer.concat(parts)
}

function isPause(frame: Uint8Array): boolean {
  return frame[0] === undefined || frameType(frame[0]) === silenceDescriptor || frame.length === 1
}

/** 0 where no frame begins. */
function frameLengthAt(data: Uint8Array, offset: number): number {
  const header = data[offset]
  // A reader may ignore the three padding bits. Every writer leaves them 0, so here they tell that the walk is
  // off its track, which a damaged length makes likely.
  if (header === undefined || (header & 0b1000_0011) !== 0) return 0
  return frameLengths[frameType(header)] ?? 0
}

function frameType(header: number): number {
  return (header >> 3) & 0x0f
}
