/**
 * The text that `paySign` signs: four lines for `RSA`, the sorted fields and the merchant's key for the others. The
 * page's side and the server's side verify with libraries of their own, and share this rule.
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
