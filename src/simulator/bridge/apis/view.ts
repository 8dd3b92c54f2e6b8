import type { BridgeReply } from '../../protocol/bridge.js'
import { pageName } from '../api-names.js'
import type { Api, Arguments } from '../bridge.js'
import type { Phone } from '../phone.js'
import { askForEnd } from '../ui/sheets/view-sheet.js'

// The beacon that `wx.startSearchBeacons` finds (摇一摇周边).
const sampleBeacon = {
  uuid: 'FDA50693-A4E2-4FB1-AFCF-C6EB07647825',
  major: '10001',
  minor: '19641',
  accuracy: '0.8',
  rssi: '-56',
  proximity: '1',
  heading: '1',
}

/** The functions for which WeChat opens a view of its own over the page: a sheet asks the developer how it ends. */
export function viewApis(phone: Phone): Record<string, Api> {
  const { settings } = phone
  const view =
    (name: string, result: (args: Arguments) => BridgeReply = () => ({})): Api =>
    async args => {
      const end = await askForEnd(phone.screen, pageName(name), args)
      return end === 'ok' ? { err_msg: `${name}:ok`, ...result(args) } : { err_msg: `${name}:${end}` }
    }
  const views = Object.fromEntries(
    [
      'openProductViewWithPid',
      'batchViewCard',
      'consumedShareCard',
      'getRecevieBizHongBaoRequest',
      'openEnterpriseChat',
      'launchMiniProgram',
      // WeChat's DevTools lack this function.
      ...(settings.profile === 'devtools' ? [] : ['requestMerchantTransfer']),
    ].map(name => [name, view(name)]),
  )

  return {
    ...views,
    ...beaconApis(phone),
    // `card_list` is JSON text, because the official script parses it on every client.
    batchAddCard: view('batchAddCard', ({ card_list: cards }) => ({
      card_list: JSON.stringify(records(cards).map(card => ({ ...card, is_succ: true }))),
    })),
    chooseCard: view('chooseCard', ({ card_id: cardId }) => ({
      choose_card_info: JSON.stringify([
        { card_id: cardId || 'pSIMULATEDcard', encrypt_code: 'simulated-encrypt-code' },
      ]),
    })),
    openBusinessView: view('openBusinessView', () => ({
      extraData: settings.isTextEncoded ? '{}' : {},
      // The official script gives `err_code` to the page as `errCode`.
      err_code: 0,
    })),
  }
}

function beaconApis(phone: Phone): Record<string, Api> {
  let search: ReturnType<typeof setInterval> | undefined
  return {
    startMonitoringBeacons() {
      if (search) return { err_msg: 'startMonitoringBeacons:fail_already started' }
      search = setInterval(() => phone.emit('onBeaconsInRange', { beacons: [sampleBeacon] }), 1_000)
      return { err_msg: 'startMonitoringBeacons:ok' }
    },
    stopMonitoringBeacons() {
      clearInterval(search)
      search = undefined
      return { err_msg: 'stopMonitoringBeacons:ok' }
    },
  }
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : []
}
