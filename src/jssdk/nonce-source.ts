import { randomFillSync } from 'node:crypto'

const NONCE_BYTES = 8
const NONCES_IN_POOL = 512

/**
 * Makes a function that returns 16 random hexadecimal digits. It draws the random bytes for 512 nonces at once,
 * because a call into the system's random source for each nonce costs more than the signature itself.
 */
export function createNonceSource(): () => string {
  const pool = Buffer.allocUnsafe(NONCES_IN_POOL * NONCE_BYTES)
  let used = pool.length

  return function nextNonce() {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += NONCE_BYTES
    return pool.toString('hex', used - NONCE_BYTES, used)
  }
}
