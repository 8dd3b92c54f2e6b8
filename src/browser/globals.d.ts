import type { OfficialScript } from './official-script.js'

// This declaration is for our own files only: in the published types it would clash with other typings of the same
// globals.
declare global {
  interface Window {
    wx?: OfficialScript
    jWeixin?: OfficialScript
    WeixinJSBridge?: unknown
  }
}
