import type { BridgeHook, BridgeSettings } from '../protocol/bridge.js'
import type { WeixinBridge } from './bridge.js'

declare global {
  interface Window {
    __wxsimConfig?: BridgeSettings
    __wxsim?: BridgeHook
    WeixinJSBridge?: WeixinBridge
  }
}
