import type { Api } from '../bridge.js'
import { toGcj02 } from '../coordinates.js'
import type { Phone } from '../phone.js'
import { askForLocation, showPlace } from '../ui/sheets/location-sheet.js'
import { scanCode } from '../ui/sheets/scan-sheet.js'

export function deviceApis({ settings, state, screen }: Phone): Record<string, Api> {
  const { isTextEncoded, profile } = settings
  return {
    async scanQRCode({ needResult, scanType }) {
      const found = settings.scanResult ?? (await scanCode(screen, Array.isArray(scanType) ? scanType : []))
      if (found === undefined) return { err_msg: 'scanQRCode:cancel' }
      if (needResult !== 1) {
        // Without `needResult: 1`, WeChat itself opens what the code holds. The simulator only shows it in a toast.
        screen.toast(`${screen.texts.scanned}${found}`)
        return { err_msg: 'scanQRCode:ok' }
      }
      // On iPhones the official script parses `resultStr` as JSON and throws for plain text. HarmonyOS with
      // `harmonyEncoding: 'text'` gets JSON too.
      const isEnvelope = /iphone/i.test(navigator.userAgent) || (isTextEncoded && profile === 'harmony')
      const resultStr = isEnvelope ? JSON.stringify({ scan_code: { scan_result: found } }) : found
      return { err_msg: 'scanQRCode:ok', resultStr }
    },

    getNetworkType() {
      if (state.network === 'none') return { err_msg: 'network_type:fail' }
      if (state.network === 'wifi') return { err_msg: 'network_type:wifi' }
      return { err_msg: 'network_type:wwan', subtype: state.network }
    },

    async geoLocation({ type }) {
      state.location ??= await askForLocation(screen)
      if (!state.location) return { err_msg: 'geoLocation:cancel' }
      const location = type === 'gcj02' ? toGcj02(state.location) : state.location
      const { latitude, longitude, speed = 0, accuracy = 30 } = location
      return { err_msg: 'geoLocation:ok', latitude, longitude, speed, accuracy }
    },

    openLocation({ latitude, longitude, name, address }) {
      showPlace(screen, {
        latitude: Number(latitude),
        longitude: Number(longitude),
        name: String(name ?? ''),
        address: String(address ?? ''),
      })
      return { err_msg: 'openLocation:ok' }
    },
  }
}
