import type { OfficialScript, WechatResult } from './official-script.js'
import { WechatPageError } from './wechat-page-error.js'

interface LocalFile {
  localId: string
  /** @default true */
  isShowProgressTips?: boolean | 0 | 1
}
interface ServerFile {
  serverId: string
  /** @default true */
  isShowProgressTips?: boolean | 0 | 1
}
interface VoiceEnd {
  localId: string
}

/** The functions of `wx` with a promise instead of three callbacks. At run time every other one works too. */
export interface PromisedWx {
  checkJsApi(options: { jsApiList: string[] }): Promise<{ checkResult: Record<string, boolean> }>

  chooseImage(options?: {
    /** @default 9 */
    count?: number
    sizeType?: ('original' | 'compressed')[]
    sourceType?: ('album' | 'camera')[]
  }): Promise<{ localIds: string[]; sourceType?: string }>
  previewImage(options: { current?: string; urls: string[] }): Promise<unknown>
  /** One at a time, whoever asks: phones lose parallel uploads. `serverId` is the `media_id`. */
  uploadImage(options: LocalFile): Promise<{ serverId: string }>
  downloadImage(options: ServerFile): Promise<{ localId: string }>
  /** A data URL on every client, fit for `img.src`. */
  getLocalImgData(options: { localId: string }): Promise<{ localData: string }>

  startRecord(): Promise<unknown>
  stopRecord(): Promise<{ localId: string }>
  /** Calls back when WeChat ends a recording after its minute. */
  onVoiceRecordEnd(callback: (end: VoiceEnd) => void): void
  playVoice(options: { localId: string }): Promise<unknown>
  pauseVoice(options: { localId: string }): Promise<unknown>
  stopVoice(options: { localId: string }): Promise<unknown>
  onVoicePlayEnd(callback: (end: VoiceEnd) => void): void
  uploadVoice(options: LocalFile): Promise<{ serverId: string }>
  downloadVoice(options: ServerFile): Promise<{ localId: string }>
  translateVoice(options: LocalFile): Promise<{ translateResult: string }>

  getNetworkType(): Promise<{ networkType: string }>
  getLocation(options?: {
    /** @default 'wgs84' */
    type?: 'wgs84' | 'gcj02'
  }): Promise<{ latitude: number; longitude: number; speed: number; accuracy: number }>
  openLocation(options: {
    latitude: number
    longitude: number
    name?: string
    address?: string
    scale?: number
    infoUrl?: string
  }): Promise<unknown>
  scanQRCode(options?: {
    /** 1 returns what was found, 0 lets WeChat handle it. */
    needResult?: 0 | 1
    scanType?: ('qrCode' | 'barCode')[]
  }): Promise<{ resultStr?: string }>

  updateAppMessageShareData(options: {
    title: string
    desc: string
    link: string
    imgUrl: string
  }): Promise<unknown>
  updateTimelineShareData(options: { title: string; link: string; imgUrl: string }): Promise<unknown>
  hideMenuItems(options: { menuList: string[] }): Promise<unknown>
  showMenuItems(options: { menuList: string[] }): Promise<unknown>
  hideOptionMenu(): Promise<unknown>
  showOptionMenu(): Promise<unknown>
  hideAllNonBaseMenuItem(): Promise<unknown>
  showAllNonBaseMenuItem(): Promise<unknown>
  closeWindow(): Promise<unknown>

  chooseWXPay(options: {
    timestamp: string | number
    nonceStr: string
    package: string
    signType?: string
    paySign: string
  }): Promise<unknown>
  openAddress(): Promise<Record<string, string>>
}

/**
 * `window.wx` with promises. They reject with a {@link WechatPageError} whose `reason` is `cancelled`, `denied` or
 * `failed`; none of them waits for ever on a page that has no WeChat around it.
 */
export const wx: PromisedWx = /* @__PURE__ */ new Proxy({} as PromisedWx, {
  get(_, name) {
    // A promise that resolves with this object would otherwise call wx.then.
    if (typeof name !== 'string' || name === 'then') return undefined
    if (/^on(Voice|Search)/.test(name)) return (callback: Listener) => listen(name, callback)
    return (options?: Record<string, unknown>) => call(name, options)
  },
})

type Listener = (result: WechatResult) => void

function listen(name: string, callback: Listener): void {
  functionOf(name)({ complete: callback })
}

let lastTransfer: Promise<unknown> = Promise.resolve()

function call(name: string, options?: Record<string, unknown>): Promise<WechatResult> {
  if (!/^(up|down)load/.test(name)) return settle(name, options)
  const transfer = lastTransfer.then(() => settle(name, options))
  lastTransfer = transfer.catch(() => undefined)
  return transfer
}

async function settle(name: string, options?: Record<string, unknown>): Promise<WechatResult> {
  const run = functionOf(name)
  const result = await new Promise<WechatResult>((resolve, reject) => {
    run({
      ...options,
      success: resolve,
      cancel: ({ errMsg = `${name}:cancel` }: WechatResult) =>
        reject(new WechatPageError('cancelled', `${name} was cancelled`, 'Offer it again.', { errMsg })),
      fail: ({ errMsg = `${name}:fail` }: WechatResult) => reject(failure(errMsg)),
    })
  })
  return name === 'getLocalImgData' ? { ...result, localData: dataUrl(String(result.localData)) } : result
}

function functionOf(name: string): (options: Record<string, unknown>) => void {
  const script: OfficialScript | undefined = typeof window === 'undefined' ? undefined : window.wx
  // Without its bridge the official script drops a call and never answers it.
  if (!script || !window.WeixinJSBridge) {
    throw new WechatPageError(
      'outside-wechat',
      `wx.${name} has no WeChat to call`,
      'Await configureWechat() first.',
    )
  }
  const run = script[name]
  if (typeof run === 'function') return options => run.call(script, options)
  throw new WechatPageError('failed', `wx.${name} does not exist`, 'Check the name and the script’s version.')
}

function failure(errMsg: string): WechatPageError {
  return /permission/.test(errMsg)
    ? new WechatPageError('denied', errMsg, 'Name it in jsApiList; if it is there, the account lacks it.', {
        errMsg,
      })
    : new WechatPageError('failed', errMsg, 'Look it up under this text.', { errMsg })
}

/** Android gives bare base64 with line breaks, iOS a data URL of a type that doesn't exist. */
function dataUrl(localData: string): string {
  const base64 = localData.replace(/^data:[^,]*,/, '').replace(/\s/g, '')
  return `data:image/${base64.startsWith('iVBOR') ? 'png' : 'jpeg'};base64,${base64}`
}
