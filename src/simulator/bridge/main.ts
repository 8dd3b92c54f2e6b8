import type { BridgeState } from '../protocol/bridge.js'
import { isRealWechat } from '../protocol/identity.js'
import { configApis } from './apis/config.js'
import { deviceApis } from './apis/device.js'
import { imageApis, showLocalImages } from './apis/image.js'
import { shareApis } from './apis/share.js'
import { viewApis } from './apis/view.js'
import { voiceApis } from './apis/voice.js'
import { windowApis } from './apis/window.js'
import { type Api, Bridge } from './bridge.js'
import { LocalMediaStore } from './media/local-media.js'
import { defineOpenTags } from './open-tags/define-open-tags.js'
import type { Phone } from './phone.js'
import { linkToPhone } from './phone-link.js'
import { readSettings } from './settings.js'
import { SimulatorClient } from './simulator-client.js'
import { Screen } from './ui/screen.js'
import { playUserAgent } from './user-agent.js'

// If a bridge exists already, from a second copy of this script or from other software, this one does nothing.
if (!isRealWechat(navigator.userAgent) && !window.WeixinJSBridge && !window.__wxsim) simulate()

function simulate(): void {
  const landingUrl = location.href
  const settings = readSettings()
  playUserAgent(settings)

  const state: BridgeState = {
    profile: settings.profile,
    granted: [],
    notSimulated: [],
    openTags: [],
    verdict: undefined,
    network: settings.network,
    location: settings.location,
    share: {},
    hiddenMenuItems: [],
    recording: false,
    closed: false,
  }
  const phone: Phone = {
    settings,
    state,
    client: new SimulatorClient(settings.baseUrl),
    media: new LocalMediaStore(settings.profile),
    screen: new Screen(settings, state, {
      emit: (event, payload) => bridge.emit(event, payload),
      isHeard: event => bridge.isHeard(event),
    }),
    emit: (event, payload) => bridge.emit(event, payload),
  }
  const apis: Record<string, Api> = {
    ...configApis(phone, landingUrl, name => bridge.knows(name), defineOpenTags(phone)),
    ...imageApis(phone),
    ...voiceApis(phone),
    ...deviceApis(phone),
    ...shareApis(phone),
    ...windowApis(phone),
    ...viewApis(phone),
  }
  const bridge = new Bridge(phone, apis)

  window.__wxsim = {
    calls: bridge.calls,
    state,
    preset: (api, reply) => bridge.preset(api, reply),
    emit: (event, payload) => bridge.emit(event, payload),
    addLocal(kind, file) {
      if (!(file instanceof Blob)) throw new TypeError('__wxsim.addLocal needs a Blob or File')
      return phone.media.add(kind, file)
    },
  }
  showLocalImages(phone)
  linkToPhone(phone, bridge.calls)

  const install = () => {
    window.WeixinJSBridge = bridge
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  }
  if (settings.bridgeDelay > 0) setTimeout(install, settings.bridgeDelay)
  else install()
}
