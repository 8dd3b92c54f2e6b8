import { speexFrameBytes, speexFrameSamples, speexSampleRate } from './speex.js'

const framesPerPage = 100
const firstPage = 0x02
const lastPage = 0x04

/** Puts headerless speex frames into Ogg, which is what speex decoders open. Needs whole 60-byte frames. */
export function wrapSpeexInOgg(frames: Uint8Array): Buffer {
  if (frames.length === 0 || frames.length % speexFrameBytes !== 0) {
    throw new RangeError(
      `wrapSpeexInOgg: expected frames of ${speexFrameBytes} bytes, got ${frames.length} bytes`,
    )
  }
  const pages = [oggPage([speexHeader()], 0, 0n, firstPage), oggPage([speexComment()], 1, 0n, 0)]
  const pageBytes = framesPerPage * speexFrameBytes
  for (let offset = 0; offset < frames.length; offset += pageBytes) {
    const end = Math.min(offset + pageBytes, frames.length)
    const packets: Uint8Array[] = []
    for (let packet = offset; packet < end; packet += speexFrameBytes) {
      packets.push(frames.subarray(packet, packet + speexFrameBytes))
    }
    const samplesSoFar = BigInt((end / speexFrameBytes) * speexFrameSamples)
    pages.push(oggPage(packets, pages.length, samplesSoFar, end === frames.length ? lastPage : 0))
  }
  return Buffer.concat(pages)
}

/** One page of whole packets, each shorter than 255 bytes. */
function oggPage(packets: Uint8Array[], sequence: number, samplesSoFar: bigint, flags: number): Buffer {
  const header = Buffer.alloc(27 + packets.length)
  header.write('OggS', 0, 'latin1')
  header.writeUInt8(flags, 5)
  header.writeBigInt64LE(samplesSoFar, 6)
  header.writeUInt32LE(sequence, 18)
  header.writeUInt8(packets.length, 26)
  for (const [index, packet] of packets.entries()) header.writeUInt8(packet.length, 27 + index)
  const page = Buffer.concat([header, ...packets])
  page.writeUInt32LE(oggChecksum(page), 22)
  return page
}

function speexHeader(): Buffer {
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
    speexSampleRate,
    wideband,
    bitstreamVersion,
    channels,
    unknownBitRate,
    speexFrameSamples,
    constantBitRate,
    framesPerPacket,
  ]
  for (const [index, field] of fields.entries()) header.writeInt32LE(field, 28 + index * 4)
  return header
}

/** An empty vendor name and no comments: the header demands the packet. */
function speexComment(): Buffer {
  return Buffer.alloc(8)
}

/** Ogg's CRC-32: not zlib's, its bits run the other way and it begins with 0. */
function oggChecksum(page: Uint8Array): number {
  let checksum = 0
  for (const byte of page) checksum = (checksum << 8) ^ (checksumTable[(checksum >>> 24) ^ byte] ?? 0)
  return checksum >>> 0
}

const checksumTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder << 1) ^ (remainder < 0 ? 0x04c11db7 : 0)
  return remainder
})
