export { type ConfigureWechatOptions, configureWechat } from './configure-wechat.js'
export { type FetchWithLoginOptions, fetchWithLogin, type LoginOptions, login } from './login.js'
export type {
  WxOpenAudioElement,
  WxOpenLaunchAppElement,
  WxOpenLaunchWeappElement,
  WxOpenSubscribeElement,
} from './open-tags.js'
export { WechatPageError, type WechatPageErrorReason } from './wechat-page-error.js'
export { wx } from './wx.js'
export type { PromisedWx, WechatCallbacks, WechatFunctionName, WechatOpenTagName } from './wx-functions.js'
