const pageHeaderBytes = 27
const longestSegment = 255

/** Returns the packets of an Ogg file with one stream. A last packet without its final segment is left out. */
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
      // After a segment of 255 bytes, the packet goes on with the next segment.
      if (length === longestSegment) continue
      packets.push(Buffer.concat(begun))
      begun = []
    }
  }
  return packets
}
