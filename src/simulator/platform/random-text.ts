import { randomBytes } from 'node:crypto'

/** Random characters of the alphabet that tokens, codes and media ids of the platform are made of. */
export function randomUrlSafeText(length: number): string {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .slice(0, length)
}

export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)
}
