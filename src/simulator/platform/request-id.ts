import { randomHex } from './random-text.js'

/** A `rid` as the platform makes them: three groups of eight hex digits, the first of which is the time in seconds. */
export function createRequestId(seconds: number): string {
  return `${seconds.toString(16).padStart(8, '0')}-${randomHex(8)}-${randomHex(8)}`
}
