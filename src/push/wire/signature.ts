import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Signs a push as WeChat does: SHA-1 over the sorted parts, which are the token, the timestamp, the nonce and, if the
 * push is encrypted, its ciphertext.
 *
 * @see https://developers.weixin.qq.com/doc/service/guide/dev/push/ 消息推送
 */
export function signPush(...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex')
}

/** Whether a signature is that of the parts, compared in constant time. A missing signature is wrong. */
export function isPushSignature(given: string | undefined, ...parts: string[]): boolean {
  const wanted = Buffer.from(signPush(...parts))
  const bytes = Buffer.from(given ?? '')
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted)
}
