import { hmac } from '@noble/hashes/hmac.js'
import { md5 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { PaySignature } from '../protocol/bridge.js'
import { signedPayText } from '../protocol/pay-sign.js'

/**
 * Verifies the `paySign` of `chooseWXPay` as WeChat Pay does. `key` is the merchant's key for `MD5` and `HMAC-SHA256`, and
 * the public key of the merchant's certificate for `RSA`.
 *
 * @see https://pay.weixin.qq.com/doc/v3/merchant/4012791857 JSAPI调起支付
 */
export async function verifyPaySign(args: Record<string, unknown>, key: string): Promise<PaySignature> {
  const text = (name: string) => String(args[name] ?? '')
  const signType = text('signType')
  const paySign = text('paySign')
  const signedText = signedPayText(args)
  if (signType === 'RSA') return { signedText, ...(await verifyRsa(signedText, paySign, key)) }

  const message = utf8ToBytes(signedPayText(args, key))
  if (signType === 'MD5') return { signedText, isValid: equals(md5(message), paySign) }
  if (signType === 'HMAC-SHA256') {
    return { signedText, isValid: equals(hmac(sha256, utf8ToBytes(key), message), paySign) }
  }
  return { signedText, isValid: false, reason: 'sign type' }
}

function equals(digest: Uint8Array, paySign: string): boolean {
  return bytesToHex(digest).toUpperCase() === paySign
}

async function verifyRsa(
  signedText: string,
  paySign: string,
  pem: string,
): Promise<Pick<PaySignature, 'isValid' | 'reason'>> {
  // Browsers have `crypto.subtle` only on https and on pages of this machine. Other pages can't verify RSA.
  if (!crypto.subtle) return { isValid: false, reason: 'no crypto' }
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey(
      'spki',
      fromBase64(pem.replace(/-----[^-]+-----|\s/g, '')),
      algorithm,
      false,
      ['verify'],
    )
  } catch {
    return { isValid: false, reason: 'key' }
  }
  try {
    const message = new TextEncoder().encode(signedText)
    return { isValid: await crypto.subtle.verify(algorithm, key, fromBase64(paySign), message) }
  } catch {
    // `fromBase64` throws if the signature is no base64, so it is not valid.
    return { isValid: false }
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0))
}
