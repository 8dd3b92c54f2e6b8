import type { PaySignature } from '../../protocol/bridge.js'
import type { Api } from '../bridge.js'
import { verifyPaySign } from '../pay-signature.js'
import type { Phone } from '../phone.js'
import { chooseAddress } from '../ui/sheets/address-sheet.js'
import { askForPayment } from '../ui/sheets/pay-sheet.js'

export function windowApis(phone: Phone): Record<string, Api> {
  const { client, settings, state, screen } = phone
  return {
    closeWindow() {
      state.closed = true
      screen.showClosedCover()
      return { err_msg: 'close_window:ok' }
    },

    async getBrandWCPayRequest(payment) {
      const { payKey, payResult } = settings
      const signature =
        payKey === undefined ? await client.verifyPaySign(payment) : await verifyPaySign(payment, payKey)
      if (signature?.isValid === false) explainPaySign(signature)
      const isRefused = payResult === 'ok' && signature?.isValid === false
      const result = isRefused ? 'fail' : (payResult ?? (await askForPayment(screen, payment, signature)))
      return { err_msg: `get_brand_wcpay_request:${result}` }
    },

    async editAddress() {
      const address = await chooseAddress(screen)
      return address ? { err_msg: 'edit_address:ok', ...address } : { err_msg: 'edit_address:cancel' }
    },

    // The simulator has no mini program around the page, and answers as if there were one.
    invokeMiniProgramAPI: () => ({ err_msg: 'invokeMiniProgramAPI:ok' }),
  }
}

function explainPaySign({ reason, signedText }: PaySignature): void {
  const why = reason ? ` (${reason})` : ''
  console.warn(`[wxsim] chooseWXPay: paySign is not valid${why}. What has to be signed:\n${signedText}`)
}
