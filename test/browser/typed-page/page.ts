// A page's own code, which the type test compiles: each line with an error that is expected must have one.
import { configureWechat, type PromisedWx, type WechatFunctionName, wx } from 'express-wechat/browser'

/** All functions of the official script 1.6.0, as its documentation lists them for `jsApiList`. */
const functions: Record<WechatFunctionName, true> = {
  checkJsApi: true,
  updateAppMessageShareData: true,
  updateTimelineShareData: true,
  onMenuShareTimeline: true,
  onMenuShareAppMessage: true,
  onMenuShareQQ: true,
  onMenuShareWeibo: true,
  onMenuShareQZone: true,
  chooseImage: true,
  previewImage: true,
  uploadImage: true,
  downloadImage: true,
  getLocalImgData: true,
  startRecord: true,
  stopRecord: true,
  onVoiceRecordEnd: true,
  playVoice: true,
  pauseVoice: true,
  stopVoice: true,
  onVoicePlayEnd: true,
  uploadVoice: true,
  downloadVoice: true,
  translateVoice: true,
  getNetworkType: true,
  openLocation: true,
  getLocation: true,
  startSearchBeacons: true,
  stopSearchBeacons: true,
  onSearchBeacons: true,
  closeWindow: true,
  hideOptionMenu: true,
  showOptionMenu: true,
  hideMenuItems: true,
  showMenuItems: true,
  hideAllNonBaseMenuItem: true,
  showAllNonBaseMenuItem: true,
  scanQRCode: true,
  openProductSpecificView: true,
  chooseCard: true,
  addCard: true,
  openCard: true,
  consumeAndShareCard: true,
  chooseWXPay: true,
  openEnterpriseRedPacket: true,
  openAddress: true,
  openEnterpriseChat: true,
  launchMiniProgram: true,
  openBusinessView: true,
}

export async function useWechat(official: PromisedWx): Promise<void> {
  await configureWechat({
    jsApiList: [...(Object.keys(functions) as WechatFunctionName[]), 'requestMerchantTransfer'],
    openTagList: ['wx-open-launch-weapp'],
    beta: true,
  })
  official.ready(() => undefined)
  official.error(({ errMsg }) => errMsg?.length)
  official.onVoiceRecordEnd(({ localId }) => localId.length)
  official.onMenuShareTimeline({ title: 'A letter', trigger: () => undefined, success: () => undefined })
  official.invoke('getNetworkType', {}, ({ err_msg }) => err_msg?.length)
  const transfer: Promise<unknown> = official.invoke('requestMerchantTransfer', { mchId: '1' })
  const { miniprogram } = await official.miniProgram.getEnv()
  const { cardList } = await official.addCard({ cardList: [{ cardId: 'p', cardExt: '{}' }] })
  await official.scanQRCode({ needResult: 1, success: ({ resultStr }) => resultStr?.length })
  await official.openBusinessView({ businessType: 'wxpayScoreUse' })
  // @ts-expect-error because the coordinates are missing
  await official.openLocation({ name: 'The Bund' })
  await Promise.all([transfer, miniprogram, cardList[0]?.isSuccess])
}

export function useOpenTags(): void {
  const launch = document.createElement('wx-open-launch-weapp')
  launch.addEventListener('launch', ({ detail }) => detail.errMsg?.length)
  // @ts-expect-error because the tag has no such event with a detail
  launch.addEventListener('play', ({ detail }) => detail)
  const subscribe = document.querySelector('wx-open-subscribe')
  subscribe?.addEventListener('success', ({ detail: { subscribeDetails } }) => subscribeDetails.length)
  document.addEventListener('WeixinOpenTagsError', ({ detail: { errMsg } }) => errMsg.length)
}

void useWechat(wx)
