import type { WeixinBridge } from './bridge.js'
import type { BridgeHook, BridgeSettings } from './protocol.js'

declare global {
  interface Window {
    __wxsimConfig?: BridgeSettings
    __wxsim?: BridgeHook
    WeixinJSBridge?: WeixinBridge
  }
}
