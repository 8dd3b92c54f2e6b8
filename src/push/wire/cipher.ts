import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Secret } from '../../util/secret.js'

/** A plaintext that WeChat encrypted for this account, and the key that decrypted it. */
export interface DecryptedPush {
  text: string
  key: Secret
}

/** Why a ciphertext was not accepted. `app-id`: a key decrypts it, and it is for another account. */
export type DecryptFailure = 'key' | 'app-id'

/** WeChat pads by PKCS#7 to a multiple of this many bytes, although a block of AES has 16. */
const PADDING_BLOCK = 32
const RANDOM_BYTES = 16
const LENGTH_BYTES = 4
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Decrypts a push with the first key that fits: WeChat can use the previous EncodingAESKey for a while after a change.
 *
 * Call it only with a ciphertext whose signature is right. A caller who could have ciphertexts decrypted that WeChat
 * did not sign would learn the text from which of them are accepted (a padding oracle).
 */
export function decryptPush(
  encrypted: string,
  appId: string,
  keys: readonly Secret[],
): DecryptedPush | DecryptFailure {
  let failure: DecryptFailure = 'key'
  if (!BASE64.test(encrypted)) return failure
  const ciphertext = Buffer.from(encrypted, 'base64')
  for (const key of keys) {
    const opened = open(ciphertext, key)
    if (opened?.appId === appId) return { text: opened.text, key }
    // A wrong key gives random bytes, which almost never contain an app id. A right one shows another account's id here.
    if (opened && /^\w{1,64}$/.test(opened.appId)) failure = 'app-id'
  }
  return failure
}

/** Encrypts as WeChat does: 16 random bytes, the length of the text, the text, the app id, padding. */
export function encryptPush(
  text: string,
  appId: string,
  key: Secret,
  random = randomBytes(RANDOM_BYTES),
): string {
  const message = Buffer.from(text)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(message.length)
  const content = Buffer.concat([random, length, message, Buffer.from(appId)])
  const padding = PADDING_BLOCK - (content.length % PADDING_BLOCK)
  const cipher = createCipheriv('aes-256-cbc', ...keyAndIv(key)).setAutoPadding(false)
  const padded = Buffer.concat([content, Buffer.alloc(padding, padding)])
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

function open(ciphertext: Buffer, key: Secret): { text: string; appId: string } | undefined {
  if (ciphertext.length === 0 || ciphertext.length % PADDING_BLOCK !== 0) return undefined
  const decipher = createDecipheriv('aes-256-cbc', ...keyAndIv(key)).setAutoPadding(false)
  const content = removePadding(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
  if (!content || content.length < RANDOM_BYTES + LENGTH_BYTES) return undefined
  const start = RANDOM_BYTES + LENGTH_BYTES
  const end = start + content.readUInt32BE(RANDOM_BYTES)
  // A length that reaches beyond the content leaves an empty app id, which no account has.
  return { text: content.toString('utf8', start, end), appId: content.toString('utf8', end) }
}

/** Removes the padding; undefined if it is wrong. The time of the check does not depend on the bytes. */
function removePadding(content: Buffer): Buffer | undefined {
  const padding = content.at(-1) ?? 0
  let wrong = padding < 1 || padding > PADDING_BLOCK ? 1 : 0
  const tail = content.subarray(-PADDING_BLOCK)
  for (const [index, byte] of tail.entries()) {
    const isPadding = PADDING_BLOCK - index <= padding
    wrong |= isPadding && byte !== padding ? 1 : 0
  }
  return wrong ? undefined : content.subarray(0, content.length - padding)
}

function keyAndIv(key: Secret): [key: Buffer, iv: Buffer] {
  const bytes = Buffer.from(key.reveal(), 'base64')
  return [bytes, bytes.subarray(0, 16)]
}
