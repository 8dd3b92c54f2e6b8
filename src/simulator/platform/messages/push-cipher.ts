import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const paddingBlock = 32
const randomLength = 16

/** Signs with SHA-1 over the sorted parts: the token, the timestamp, the nonce and, if there is one, the ciphertext. */
export function signParts(...parts: string[]): string {
  return createHash('sha1').update(parts.toSorted().join('')).digest('hex')
}

/** Encrypts 16 random bytes, the length of the text, the text and the app id, padded to a multiple of 32 bytes. */
export function encryptText(text: string, appId: string, aesKey: Buffer): string {
  const message = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  const content = Buffer.concat([randomBytes(randomLength), length, message, Buffer.from(appId)])
  const padding = paddingBlock - (content.length % paddingBlock)
  const cipher = createCipheriv('aes-256-cbc', aesKey, aesKey.subarray(0, 16)).setAutoPadding(false)
  const bytes = [cipher.update(content), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]
  return Buffer.concat(bytes).toString('base64')
}

/**
 * Decrypts the text of `Encrypt`.
 * @throws {Error} that tells the developer why the platform can't read it.
 */
export function decryptText(encrypted: string, appId: string, aesKey: Buffer): string {
  const content = removePadding(decryptBytes(encrypted, aesKey))
  const start = randomLength + 4
  const end = content.length < start ? Number.NaN : start + content.readUInt32BE(randomLength)
  if (!(end <= content.length))
    throw new Error('"Encrypt" is not encrypted with the account’s EncodingAESKey')
  if (content.toString('utf8', end) !== appId) throw new Error('the app id inside "Encrypt" is another one')
  return content.toString('utf8', start, end)
}

function decryptBytes(encrypted: string, aesKey: Buffer): Buffer {
  const bytes = Buffer.from(encrypted, 'base64')
  if (bytes.length === 0 || bytes.length % 16 !== 0)
    throw new Error('"Encrypt" is no ciphertext: it must be Base64 of whole AES blocks')
  const decipher = createDecipheriv('aes-256-cbc', aesKey, aesKey.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}

function removePadding(content: Buffer): Buffer {
  const padding = content.at(-1) ?? 0
  const isPadded =
    padding >= 1 && padding <= paddingBlock && content.subarray(-padding).every(byte => byte === padding)
  if (!isPadded) throw new Error('"Encrypt" is not encrypted with the account’s EncodingAESKey')
  return content.subarray(0, -padding)
}
