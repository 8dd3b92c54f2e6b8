import type { Phone } from '../../simulator/bridge/support/phone.ts'

/** Puts our module, as it is built, into the page's `library`. */
export async function importLibrary(phone: Phone): Promise<void> {
  await phone.run(`import('/scripts/browser.js').then(loaded => { window.library = loaded })`)
}

/** How `configureWechat` ended: `accepted`, or the error's fields. */
export function configure(phone: Phone, options: Record<string, unknown> = {}): Promise<unknown> {
  const all = JSON.stringify({ jsApiList: ['chooseImage', 'scanQRCode'], timeoutMs: 8_000, ...options })
  return phone.run(`library.configureWechat(${all}).then(
    () => 'accepted',
    ({ name, reason, remedy, errMsg, message, loginUrl }) => ({ name, reason, remedy, errMsg, message, loginUrl }))`)
}
