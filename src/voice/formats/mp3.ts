/** Whether the bytes begin with an ID3 tag, or with the header of an MPEG layer III frame that can exist. */
export function isMp3(bytes: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = bytes
  if (first === 0x49 && second === 0x44 && third === 0x33) return true
  const isLayer3 = first === 0xff && (second & 0b1110_0110) === 0b1110_0010
  const isReservedVersion = (second & 0b0001_1000) === 0b0000_1000
  const bitRateIndex = third >> 4
  const isReservedSampleRate = (third & 0b0000_1100) === 0b0000_1100
  return isLayer3 && !isReservedVersion && bitRateIndex !== 0 && bitRateIndex !== 15 && !isReservedSampleRate
}
