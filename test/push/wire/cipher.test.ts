import { createCipheriv, randomBytes } from 'node:crypto'
import * as wecom from '@wecom/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decryptPush, encryptPush } from '../../../src/push/wire/cipher.ts'
import { isPushSignature, signPush } from '../../../src/push/wire/signature.ts'
import { Secret } from '../../../src/util/secret.ts'
import { OTHER_RUNS } from '../../journeys/properties/runs.ts'
import { VECTORS } from './vectors.ts'

const { token, appId, urlCheck, plain, secure } = VECTORS
const key = new Secret(VECTORS.aesKey)
const otherKey = new Secret('B'.repeat(43))

describe('the signature', () => {
  it.each([
    ['the URL check', urlCheck, []],
    ['a plain push', plain, []],
    ['an encrypted push', secure, [secure.encrypted]],
  ])("of %s equals WeChat's published vector", (_name, { timestamp, nonce, signature }, more) => {
    expect(signPush(token, timestamp, nonce, ...more)).toBe(signature)
    expect(isPushSignature(signature, token, timestamp, nonce, ...more)).toBe(true)
  })

  it.each([
    undefined,
    '',
    plain.signature.slice(1),
    `${plain.signature}0`,
    plain.signature.toUpperCase(),
    'é'.repeat(20),
  ])('refuses %j', given => {
    expect(isPushSignature(given, token, plain.timestamp, plain.nonce)).toBe(false)
  })
})

describe('the cipher', () => {
  it("decrypts WeChat's published vector to the byte", () => {
    expect(Buffer.byteLength(secure.text)).toBe(167)
    expect(decryptPush(secure.encrypted, appId, [key])).toEqual({ text: secure.text, key })
  })

  it("encrypts WeChat's published vector to the byte", () => {
    expect(encryptPush(secure.text, appId, key, Buffer.from(secure.random))).toBe(secure.encrypted)
  })

  it('brings back any text, and a library of WeCom reads it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.nat(40),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (given, times, bytes) => {
          const text = Buffer.from(given.repeat(times)).toString()
          const encodedKey = Buffer.from(bytes).toString('base64').slice(0, 43)
          const randomKey = new Secret(encodedKey)
          const encrypted = encryptPush(text, appId, randomKey)
          expect(decryptPush(encrypted, appId, [otherKey, randomKey])).toEqual({ text, key: randomKey })
          expect(wecom.decrypt(encodedKey, encrypted)).toMatchObject({ message: text, id: appId })
        },
      ),
      { numRuns: OTHER_RUNS },
    )
  })

  it('never throws and accepts nothing that was not encrypted with its key', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array({ maxLength: 256 }).map(bytes => Buffer.from(bytes).toString('base64')),
        ),
        text => {
          expect(decryptPush(text, appId, [key])).toBe('key')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('reports a push for another account apart from a wrong key', () => {
    const foreign = encryptPush('{}', 'wx0000000000000001', key)
    expect(decryptPush(foreign, appId, [key])).toBe('app-id')
    expect(decryptPush(foreign, appId, [otherKey])).toBe('key')
  })

  it('refuses a ciphertext that is cut, and one with bytes behind it', () => {
    const { encrypted } = secure
    expect(decryptPush(encrypted.slice(0, -4), appId, [key])).toBe('key')
    expect(decryptPush(encrypted.slice(0, 64), appId, [key])).toBe('key')
    expect(decryptPush(`${encrypted}AAAA`, appId, [key])).toBe('key')
    expect(decryptPush(`${encrypted}!`, appId, [key])).toBe('key')
  })

  it.each([
    ['a padding of 0', 0, 32],
    ['a padding longer than its block', 33, 33],
    ['a padding with one wrong byte', 5, 5],
  ])('refuses %s', (name, value, bytes) => {
    const head = Buffer.concat([
      randomBytes(16),
      Buffer.from([0, 0, 0, 2]),
      Buffer.from('{}'),
      Buffer.from(appId),
    ])
    const filler = Buffer.alloc((64 - ((head.length + bytes) % 32)) % 32, 65)
    const padding = Buffer.alloc(bytes, value)
    if (name.includes('wrong byte')) padding[0] = 4
    const content = Buffer.concat([head, filler, padding])
    expect(decryptPush(encryptRaw(content), appId, [key])).toBe('key')
  })

  it('refuses a ciphertext that holds nothing but a padding', () => {
    expect(decryptPush(encryptRaw(Buffer.alloc(32, 32)), appId, [key])).toBe('key')
  })

  it('refuses a length that reaches beyond the text', () => {
    const head = Buffer.concat([
      randomBytes(16),
      Buffer.from([255, 255, 255, 255]),
      Buffer.from('{}'),
      Buffer.from(appId),
    ])
    const padding = 32 - (head.length % 32)
    expect(decryptPush(encryptRaw(Buffer.concat([head, Buffer.alloc(padding, padding)])), appId, [key])).toBe(
      'key',
    )
  })
})

function encryptRaw(content: Buffer): string {
  const bytes = Buffer.from(VECTORS.aesKey, 'base64')
  const cipher = createCipheriv('aes-256-cbc', bytes, bytes.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(content), cipher.final()]).toString('base64')
}
