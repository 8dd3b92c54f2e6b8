import { randomBytes } from 'node:crypto'

/** Returns random characters of the alphabet of the platform's tokens, codes and media ids: base64url. */
export function randomUrlSafeText(length: number): string {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .slice(0, length)
}

/** Returns a `rid` of the platform's form: three groups of eight hex digits, the first of which is the time in seconds. */
export function createRequestId(seconds: number): string {
  return `${seconds.toString(16).padStart(8, '0')}-${randomHex(8)}-${randomHex(8)}`
}

export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)
}
