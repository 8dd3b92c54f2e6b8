import { randomFillSync } from 'node:crypto'

const NONCE_BYTES = 8
const NONCES_IN_POOL = 512

/**
 * Makes a function that returns a nonce of 16 random hexadecimal digits. It draws the random bytes for 512 nonces at
 * once, because a call of the system's random source for each nonce takes more time than the signature.
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
