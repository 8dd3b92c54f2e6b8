/**
 * Builds the text whose signature is `paySign`. For `RSA` it is four lines: app id, timestamp, nonce and package. For
 * `MD5` and `HMAC-SHA256` it is the sorted fields as `name=value`, and the merchant's key at the end. The bridge in the
 * page and the server use this function, and each verifies with its own crypto library.
 *
 * @see https://pay.weixin.qq.com/doc/v3/merchant/4012791857 JSAPI调起支付
 */
export function signedPayText(payment: Readonly<Record<string, unknown>>, key = '…'): string {
  const text = (name: string) => String(payment[name] ?? '')
  if (text('signType') === 'RSA') {
    return ['appId', 'timeStamp', 'nonceStr', 'package'].map(name => `${text(name)}\n`).join('')
  }
  const fields = ['appId', 'nonceStr', 'package', 'signType', 'timeStamp']
  return `${fields.map(name => `${name}=${text(name)}`).join('&')}&key=${key}`
}
