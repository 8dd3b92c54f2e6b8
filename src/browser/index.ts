export { type ConfigureWechatOptions, configureWechat } from './configure-wechat.js'
export { type FetchWithLoginOptions, fetchWithLogin, type LoginOptions, login } from './login.js'
export { WechatPageError, type WechatPageErrorReason } from './wechat-page-error.js'
export { type PromisedWx, wx } from './wx.js'
