const pageHeaderBytes = 27
const longestSegment = 255

/** The packets of the one stream in an Ogg file; what is cut off at its end is left out. */
export function oggPackets(file: Buffer): Buffer[] {
  const packets: Buffer[] = []
  let begun: Buffer[] = []
  let offset = 0
  while (offset + pageHeaderBytes <= file.length && file.toString('latin1', offset, offset + 4) === 'OggS') {
    const segments = file.subarray(
      offset + pageHeaderBytes,
      offset + pageHeaderBytes + (file[offset + 26] ?? 0),
    )
    offset += pageHeaderBytes + segments.length
    for (const length of segments) {
      begun.push(file.subarray(offset, offset + length))
      offset += length
      // A segment of 255 bytes is not the last one of its packet.
      if (length === longestSegment) continue
      packets.push(Buffer.concat(begun))
      begun = []
    }
  }
  return packets
}
