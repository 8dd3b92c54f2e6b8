import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import type { PaySignature } from '../protocol/bridge.js'
import { signedPayText } from '../protocol/pay-sign.js'

/** Verifies the `paySign` of `chooseWXPay` as WeChat Pay does. The result does not contain the key. */
export function verifyPaySign(payment: Readonly<Record<string, string>>, key: string): PaySignature {
  const signedText = signedPayText(payment)
  const { signType, paySign = '' } = payment
  if (signType === 'RSA') return { signedText, ...verifyRsa(signedText, paySign, key) }

  const message = signedPayText(payment, key)
  if (signType === 'MD5') return { signedText, isValid: toHex(createHash('md5').update(message)) === paySign }
  if (signType === 'HMAC-SHA256') {
    return { signedText, isValid: toHex(createHmac('sha256', key).update(message)) === paySign }
  }
  return { signedText, isValid: false, reason: 'sign type' }
}

function toHex(hash: { digest(encoding: 'hex'): string }): string {
  return hash.digest('hex').toUpperCase()
}

function verifyRsa(signedText: string, paySign: string, pem: string): Omit<PaySignature, 'signedText'> {
  try {
    const key = createPublicKey(pem)
    return { isValid: verify('sha256', Buffer.from(signedText), key, Buffer.from(paySign, 'base64')) }
  } catch {
    return { isValid: false, reason: 'key' }
  }
}
