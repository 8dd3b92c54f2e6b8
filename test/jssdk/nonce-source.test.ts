import { describe, expect, it } from 'vitest'
import { createNonceSource } from '../../src/jssdk/nonce-source.ts'

describe('a nonce source', () => {
  it('never repeats a nonce, also across several fillings of its pool', () => {
    const nextNonce = createNonceSource()
    const nonces = Array.from({ length: 5_000 }, nextNonce)
    expect(new Set(nonces).size).toBe(nonces.length)
    expect(nonces.every(nonce => /^[0-9a-f]{16}$/.test(nonce))).toBe(true)
  })
})
