import { SPEEX_FRAME_BYTES, SPEEX_FRAME_SAMPLES, SPEEX_SAMPLE_RATE } from './speex.js'

const FRAMES_PER_PAGE = 100
const FIRST_PAGE = 0x02
const LAST_PAGE = 0x04

/** Wraps headerless speex frames in Ogg, the container that speex decoders read. Expects whole 60-byte frames. */
export function wrapSpeexInOgg(frames: Uint8Array): Buffer {
  if (frames.length === 0 || frames.length % SPEEX_FRAME_BYTES !== 0) {
    throw new RangeError(
      `wrapSpeexInOgg: expected frames of ${SPEEX_FRAME_BYTES} bytes, got ${frames.length} bytes`,
    )
  }
  const pages = [
    createPage([createSpeexHeader()], 0, 0n, FIRST_PAGE),
    createPage([createSpeexComment()], 1, 0n, 0),
  ]
  const pageBytes = FRAMES_PER_PAGE * SPEEX_FRAME_BYTES
  for (let offset = 0; offset < frames.length; offset += pageBytes) {
    const end = Math.min(offset + pageBytes, frames.length)
    const packets: Uint8Array[] = []
    for (let packet = offset; packet < end; packet += SPEEX_FRAME_BYTES) {
      packets.push(frames.subarray(packet, packet + SPEEX_FRAME_BYTES))
    }
    const samplesSoFar = BigInt((end / SPEEX_FRAME_BYTES) * SPEEX_FRAME_SAMPLES)
    pages.push(createPage(packets, pages.length, samplesSoFar, end === frames.length ? LAST_PAGE : 0))
  }
  return Buffer.concat(pages)
}

/** Creates a page of whole packets, each shorter than 255 bytes. */
function createPage(packets: Uint8Array[], sequence: number, samplesSoFar: bigint, flags: number): Buffer {
  const header = Buffer.alloc(27 + packets.length)
  header.write('OggS', 0, 'latin1')
  header.writeUInt8(flags, 5)
  header.writeBigInt64LE(samplesSoFar, 6)
  header.writeUInt32LE(sequence, 18)
  header.writeUInt8(packets.length, 26)
  for (const [index, packet] of packets.entries()) header.writeUInt8(packet.length, 27 + index)
  const page = Buffer.concat([header, ...packets])
  page.writeUInt32LE(computeChecksum(page), 22)
  return page
}

function createSpeexHeader(): Buffer {
  const header = Buffer.alloc(80)
  header.write('Speex   ', 0, 'latin1')
  header.write('1.2', 8, 'latin1')
  const wideband = 1
  const bitstreamVersion = 4
  const channels = 1
  const unknownBitRate = -1
  const constantBitRate = 0
  const framesPerPacket = 1
  const fields = [
    1,
    header.length,
    SPEEX_SAMPLE_RATE,
    wideband,
    bitstreamVersion,
    channels,
    unknownBitRate,
    SPEEX_FRAME_SAMPLES,
    constantBitRate,
    framesPerPacket,
  ]
  for (const [index, field] of fields.entries()) header.writeInt32LE(field, 28 + index * 4)
  return header
}

/** Speex requires this packet after the header: an empty vendor name and no comments. */
function createSpeexComment(): Buffer {
  return Buffer.alloc(8)
}

/** Ogg's CRC-32. It differs from zlib's: the bits are processed in the other direction, and it starts at 0. */
function computeChecksum(page: Uint8Array): number {
  let checksum = 0
  for (const byte of page) checksum = (checksum << 8) ^ (CHECKSUM_TABLE[(checksum >>> 24) ^ byte] ?? 0)
  return checksum >>> 0
}

const CHECKSUM_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder << 1) ^ (remainder < 0 ? 0x04c11db7 : 0)
  return remainder
})
