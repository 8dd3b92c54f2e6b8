/** Whether this is any client of WeChat, the one that the simulator plays included. */
export function isWechat(): boolean {
  return /micromessenger/i.test(navigator.userAgent)
}

/** WeCom (企业微信) has `MicroMessenger` in its User-Agent too, but verifies the tickets of a corporation. */
export function isWecom(): boolean {
  return /wxwork/i.test(navigator.userAgent)
}

/** Whether the client is real: the simulator marks the browsers that it plays in. */
export function isRealWechat(): boolean {
  return isWechat() && !/wxsim/i.test(navigator.userAgent)
}

/**
 * Whether the official script never calls `wx.error` here. It compares versions as strings, so that 10.0 counts as older
 * than 6.0.2, as the 1.0 of HarmonyOS does.
 */
export function isErrorSilent(): boolean {
  const version = /micromessenger\/(\d+\.\d+(?:\.\d+)?)/i.exec(navigator.userAgent)?.[1] ?? ''
  return version < '6.0.2'
}

export function whenBridgeIsReady(run: () => void): void {
  if (window.WeixinJSBridge) run()
  else document.addEventListener('WeixinJSBridgeReady', run, { once: true })
}
