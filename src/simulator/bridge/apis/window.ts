import type { Api } from '../bridge.js'
import type { Phone } from '../phone.js'
import { chooseAddress } from '../ui/sheets/address-sheet.js'
import { askForPayment } from '../ui/sheets/pay-sheet.js'

export function windowApis(phone: Phone): Record<string, Api> {
  const { settings, state, screen } = phone
  return {
    closeWindow() {
      state.closed = true
      screen.showClosedCover()
      return { err_msg: 'close_window:ok' }
    },

    async getBrandWCPayRequest(payment) {
      const result = settings.payResult ?? (await askForPayment(screen, payment))
      return { err_msg: `get_brand_wcpay_request:${result}` }
    },

    async editAddress() {
      const address = await chooseAddress(screen)
      return address ? { err_msg: 'edit_address:ok', ...address } : { err_msg: 'edit_address:cancel' }
    },

    // There is no mini program around the page; the call is answered, as it is inside one.
    invokeMiniProgramAPI: () => ({ err_msg: 'invokeMiniProgramAPI:ok' }),
  }
}
