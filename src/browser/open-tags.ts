// WeChat shows these elements if they are in `openTagList`. The page listens to their events, and to the document's
// `WeixinOpenTagsError` for a client that is too old for them.

/** Opens a mini program. @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_Open_Tag.html */
export interface WxOpenLaunchWeappElement
  extends OpenTag<{ launch: WxOpenTagEvent; error: WxOpenTagEvent }> {}

/** Opens an app. */
export interface WxOpenLaunchAppElement extends OpenTag<{ launch: WxOpenTagEvent; error: WxOpenTagEvent }> {}

/**
 * Asks the person to accept notices. `subscribeDetails` is JSON that maps a template's id to another JSON text, which
 * holds its `status`.
 */
export interface WxOpenSubscribeElement
  extends OpenTag<{
    success: CustomEvent<{ errMsg: string; subscribeDetails: string }>
    error: CustomEvent<{ errMsg: string; errCode: string }>
  }> {}

/** Plays a sound, also while the page is in the background. */
export interface WxOpenAudioElement
  extends OpenTag<Record<'play' | 'pause' | 'ended' | 'error', WxOpenTagEvent>> {}

export type WxOpenTagEvent = CustomEvent<{ errMsg?: string; [field: string]: unknown }>

interface OpenTag<Events> extends HTMLElement {
  /** Listens to an event of the element. */
  addEventListener<Name extends keyof Events>(
    type: Name,
    listener: (event: Events[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  /** Listens to any other event. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

declare global {
  interface HTMLElementTagNameMap {
    'wx-open-launch-weapp': WxOpenLaunchWeappElement
    'wx-open-launch-app': WxOpenLaunchAppElement
    'wx-open-subscribe': WxOpenSubscribeElement
    'wx-open-audio': WxOpenAudioElement
  }

  interface DocumentEventMap {
    WeixinOpenTagsError: CustomEvent<{ errMsg: string }>
  }
}
