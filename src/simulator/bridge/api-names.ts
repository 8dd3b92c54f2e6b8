// The names by which the official script calls functions of `wx` on the bridge, if they differ.
const nativeNames: Record<string, string> = {
  config: 'preVerifyJSAPI',
  previewImage: 'imagePreview',
  getLocation: 'geoLocation',
  chooseWXPay: 'getBrandWCPayRequest',
  openAddress: 'editAddress',
  addCard: 'batchAddCard',
  openCard: 'batchViewCard',
  consumeAndShareCard: 'consumedShareCard',
  openProductSpecificView: 'openProductViewWithPid',
  // The misspelling is WeChat's own.
  openEnterpriseRedPacket: 'getRecevieBizHongBaoRequest',
  startSearchBeacons: 'startMonitoringBeacons',
  stopSearchBeacons: 'stopMonitoringBeacons',
  onSearchBeacons: 'onBeaconsInRange',
  onMenuShareTimeline: 'menu:share:timeline',
  onMenuShareAppMessage: 'menu:share:appmessage',
  onMenuShareQQ: 'menu:share:qq',
  onMenuShareWeibo: 'menu:share:weiboApp',
  onMenuShareQZone: 'menu:share:QZone',
}

// On a share event, the official script invokes one of these functions. A `jsApiList` with the event permits it.
const permittedByEvent: Record<string, string> = {
  shareTimeline: 'menu:share:timeline',
  sendAppMessage: 'menu:share:appmessage',
  shareQQ: 'menu:share:qq',
  shareWeiboApp: 'menu:share:weiboApp',
  shareQZone: 'menu:share:QZone',
}

// WeChat does not document which functions need no `jsApiList`. These work on pages that never call `wx.config`.
const open = new Set([
  'preVerifyJSAPI',
  'checkJsApi',
  'closeWindow',
  'imagePreview',
  'getNetworkType',
  'hideOptionMenu',
  'showOptionMenu',
  'invokeMiniProgramAPI',
])

// Each of these functions covers the page with a view, so the phone runs one of them at a time.
const withView = new Set([
  'chooseImage',
  'scanQRCode',
  'geoLocation',
  'getBrandWCPayRequest',
  'editAddress',
  'openProductViewWithPid',
  'batchAddCard',
  'chooseCard',
  'batchViewCard',
  'consumedShareCard',
  'getRecevieBizHongBaoRequest',
  'openEnterpriseChat',
  'launchMiniProgram',
  'openBusinessView',
  'requestMerchantTransfer',
])

export function nativeName(name: string): string {
  return Object.hasOwn(nativeNames, name) ? (nativeNames[name] ?? name) : name
}

/** Returns the function's name in `wx`; the given name if the two are equal. */
export function pageName(name: string): string {
  return Object.keys(nativeNames).find(wxName => nativeNames[wxName] === name) ?? name
}

function grantedWithout(name: string): boolean {
  return open.has(name)
}

export function isGranted(name: string, jsApiList: readonly string[]): boolean {
  return grantedWithout(name) || jsApiList.includes(name) || jsApiList.includes(permittedByEvent[name] ?? '')
}

export function opensView(name: string): boolean {
  return withView.has(name)
}
