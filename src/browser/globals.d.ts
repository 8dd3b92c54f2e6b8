import type { OfficialScript } from './official-script.js'

// This declaration is for the files of this folder. It is not published, because it would clash with other typings of
// these globals.
declare global {
  interface Window {
    wx?: OfficialScript
    jWeixin?: OfficialScript
    WeixinJSBridge?: unknown
  }
}
