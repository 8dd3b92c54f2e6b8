/** Whether this is any client of WeChat, including the simulator's and WeCom's. */
export function isWechat(): boolean {
  return /micromessenger/i.test(navigator.userAgent)
}

/** Whether this is WeCom (企业微信), which has `MicroMessenger` too, but needs the tickets of a corporation. */
export function isWecom(): boolean {
  return /wxwork/i.test(navigator.userAgent)
}

/** Whether this is WeChat and not the simulator, whose User-Agent has `wxsim`. */
export function isRealWechat(): boolean {
  return isWechat() && !/wxsim/i.test(navigator.userAgent)
}

/**
 * Whether the official script never calls `wx.error` here: in versions before 6.0.2. The script compares versions as
 * strings, so 10.0 and the 1.0 of HarmonyOS count as older.
 */
export function isErrorSilent(): boolean {
  const version = /micromessenger\/(\d+\.\d+(?:\.\d+)?)/i.exec(navigator.userAgent)?.[1] ?? ''
  return version < '6.0.2'
}

export function whenBridgeIsReady(run: () => void): void {
  if (window.WeixinJSBridge) run()
  else document.addEventListener('WeixinJSBridgeReady', run, { once: true })
}
