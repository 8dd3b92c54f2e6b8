import type { WechatResult } from './official-script.js'

/** The open tags (开放标签) that `openTagList` takes. */
export type WechatOpenTagName =
  | 'wx-open-launch-weapp'
  | 'wx-open-launch-app'
  | 'wx-open-subscribe'
  | 'wx-open-audio'

/** The functions that `jsApiList` takes. */
export type WechatFunctionName = Exclude<
  keyof PromisedWx,
  'config' | 'ready' | 'error' | 'on' | 'invoke' | 'miniProgram'
>

/**
 * The official object's callbacks. They are called besides the promise; a rejection that a callback was told of is not
 * reported as unhandled.
 */
export interface WechatCallbacks<Result = WechatResult> {
  /** Called with the result. */
  success?(result: Result): void
  /** Called if the person cancels. */
  cancel?(result: WechatResult): void
  /** Called if WeChat refuses the call, or it fails. */
  fail?(result: WechatResult): void
  /** Called after `success`, `cancel` or `fail`. */
  complete?(result: WechatResult): void
}

interface LocalFile {
  localId: string
  /** Whether WeChat shows that the transfer is in progress. @default true */
  isShowProgressTips?: boolean | 0 | 1
}

interface ServerFile {
  /** The `media_id`. */
  serverId: string
  /** Whether WeChat shows that the transfer is in progress. @default true */
  isShowProgressTips?: boolean | 0 | 1
}

interface LocalVoice {
  localId: string
}

interface ShareContent {
  title?: string
  desc?: string
  link?: string
  imgUrl?: string
}

interface OldShareContent extends ShareContent, WechatCallbacks {
  /** Called when the person chooses the menu entry. */
  trigger?(result: WechatResult): void
}

interface OldAppMessageContent extends OldShareContent {
  type?: 'link' | 'music' | 'video'
  dataUrl?: string
}

interface Payment {
  timestamp: string | number
  nonceStr: string
  package: string
  /** The algorithm of the signature: `MD5`, `HMAC-SHA256` or `RSA`. */
  signType?: string
  paySign: string
}

interface ChosenCard {
  card_id: string
  encrypt_code: string
}

interface AddedCard {
  cardId: string
  cardExt: string
  isSuccess: boolean
}

type EnvVersion = 'release' | 'trial' | 'develop'

type Call<Options, Result = WechatResult> = (options: Options & WechatCallbacks<Result>) => Promise<Result>
type OptionalCall<Options, Result = WechatResult> = (
  options?: Options & WechatCallbacks<Result>,
) => Promise<Result>
type Plain = OptionalCall<unknown>

/** `wx.miniProgram`, for a page inside the web-view of a mini program. */
export interface WechatMiniProgram {
  navigateTo: Call<{ url: string }>
  redirectTo: Call<{ url: string }>
  switchTab: Call<{ url: string }>
  reLaunch: Call<{ url: string }>
  navigateBack: OptionalCall<{ delta?: number }>
  /** The mini program gets the data when the page is left, destroyed or shared. */
  postMessage: Call<{ data: unknown }>
  getEnv(callback?: (env: { miniprogram: boolean }) => void): Promise<{ miniprogram: boolean }>
}

/**
 * The functions of `wx`, with a promise besides the official callbacks. Every other function of the installed script
 * works at run time too.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html JS-SDK说明文档
 */
export interface PromisedWx {
  /** The official `wx.config()`. `configureWechat()` calls it with the signature of the page. */
  config(options: Record<string, unknown>): void
  /** Calls back after a refusal as well: `configureWechat()` resolves only after WeChat has accepted the page. */
  ready(callback: () => void): void
  /** Calls back if WeChat refuses the signature. */
  error(callback: (failure: WechatResult) => void): void
  /** Listens to an event of `WeixinJSBridge` by its own name. Needs a `config` before. */
  on(event: string, callback: (result: WechatResult) => void): void
  /**
   * Calls a function of `WeixinJSBridge` by its own name: `requestMerchantTransfer` has no other. Needs a `config`
   * before. The callback gets the raw result.
   */
  invoke(
    name: string,
    args: Record<string, unknown> | undefined,
    callback: (result: WechatResult) => void,
  ): void
  /** Without a callback, the promise resolves or rejects by the result. */
  invoke(name: string, args?: Record<string, unknown>): Promise<WechatResult>
  readonly miniProgram: WechatMiniProgram

  checkJsApi: Call<{ jsApiList: string[] }, { checkResult: Record<string, boolean> }>

  chooseImage: OptionalCall<
    {
      /** The largest number of pictures that the person can choose. @default 9 */
      count?: number
      sizeType?: ('original' | 'compressed')[]
      sourceType?: ('album' | 'camera')[]
    },
    { localIds: string[]; sourceType?: string }
  >
  previewImage: Call<{ current?: string; urls: string[] }>
  /** Uploads run one after the other, because phones lose parallel ones. `serverId` is the `media_id`. */
  uploadImage: Call<LocalFile, { serverId: string }>
  downloadImage: Call<ServerFile, { localId: string }>
  /** `localData` is a data URL for `img.src` on every client. */
  getLocalImgData: Call<{ localId: string }, { localData: string }>

  startRecord: Plain
  stopRecord: OptionalCall<unknown, { localId: string }>
  /** Calls back when WeChat ends a recording after its minute. */
  onVoiceRecordEnd(listener: ((end: LocalVoice) => void) | WechatCallbacks<LocalVoice>): void
  playVoice: Call<LocalVoice>
  pauseVoice: Call<LocalVoice>
  stopVoice: Call<LocalVoice>
  /** Calls back when the voice that `playVoice` plays has ended. */
  onVoicePlayEnd(listener: ((end: LocalVoice) => void) | WechatCallbacks<LocalVoice>): void
  uploadVoice: Call<LocalFile, { serverId: string }>
  downloadVoice: Call<ServerFile, { localId: string }>
  translateVoice: Call<LocalFile, { translateResult: string }>

  getNetworkType: OptionalCall<unknown, { networkType: string }>
  getLocation: OptionalCall<
    {
      /** The coordinate system of the result. @default 'wgs84' */
      type?: 'wgs84' | 'gcj02'
    },
    { latitude: number; longitude: number; speed: number; accuracy: number }
  >
  /** The coordinates are GCJ-02: those of `getLocation({ type: 'gcj02' })`. */
  openLocation: Call<{
    latitude: number
    longitude: number
    name?: string
    address?: string
    scale?: number
    infoUrl?: string
  }>
  scanQRCode: OptionalCall<
    {
      /** 1 returns what was found to the page; 0 lets WeChat handle it. */
      needResult?: 0 | 1
      scanType?: ('qrCode' | 'barCode')[]
    },
    { resultStr?: string }
  >

  startSearchBeacons: OptionalCall<{ ticket?: string }>
  stopSearchBeacons: Plain
  /** Calls back for each beacon that `startSearchBeacons` finds. */
  onSearchBeacons(listener: ((found: WechatResult) => void) | WechatCallbacks): void

  updateAppMessageShareData: Call<{ title: string; desc: string; link: string; imgUrl: string }>
  updateTimelineShareData: Call<{ title: string; link: string; imgUrl: string }>
  /** @deprecated WeChat replaces it with `updateTimelineShareData`. */
  onMenuShareTimeline(content: OldShareContent): void
  /** @deprecated WeChat replaces it with `updateAppMessageShareData`. */
  onMenuShareAppMessage(content: OldAppMessageContent): void
  /** @deprecated WeChat replaces it with `updateAppMessageShareData`. */
  onMenuShareQQ(content: OldShareContent): void
  /** @deprecated WeChat will remove it. */
  onMenuShareWeibo(content: OldShareContent): void
  /** @deprecated WeChat replaces it with `updateTimelineShareData`. */
  onMenuShareQZone(content: OldShareContent): void

  hideMenuItems: Call<{ menuList: string[] }>
  showMenuItems: Call<{ menuList: string[] }>
  hideOptionMenu: Plain
  showOptionMenu: Plain
  hideAllNonBaseMenuItem: Plain
  showAllNonBaseMenuItem: Plain
  closeWindow: Plain

  chooseWXPay: Call<Payment>
  openEnterpriseRedPacket: Call<Payment>
  openAddress: OptionalCall<
    unknown,
    {
      userName: string
      telNumber: string
      postalCode: string
      provinceName: string
      cityName: string
      /** The county or district; the official script spells the field like this. */
      countryName: string
      detailInfo: string
      nationalCode: string
    }
  >

  openProductSpecificView: Call<{ productId: string; viewType?: 0 | 1 | 2; extInfo?: string }>
  chooseCard: Call<
    {
      shopId?: string
      cardType?: string
      cardId?: string
      timestamp: string | number
      nonceStr: string
      signType?: string
      cardSign: string
    },
    { cardList: ChosenCard[] | string }
  >
  addCard: Call<{ cardList: { cardId: string; cardExt: string }[] }, { cardList: AddedCard[] }>
  openCard: Call<{ cardList: { cardId: string; code: string }[] }>
  consumeAndShareCard: Call<{ cardId: string; code: string }>
  openEnterpriseChat: Call<{ userIds: string; groupName?: string }>

  launchMiniProgram: Call<{ targetAppId: string; path?: string; envVersion?: EnvVersion }>
  openBusinessView: Call<
    { businessType: string; queryString?: string; envVersion?: EnvVersion },
    WechatResult & { extraData?: unknown }
  >
}
