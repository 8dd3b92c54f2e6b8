import { configureWechat, wx } from '/express-wechat.js'

const jsApiList = [
  'chooseImage',
  'getLocalImgData',
  'uploadImage',
  'startRecord',
  'stopRecord',
  'onVoiceRecordEnd',
  'playVoice',
  'stopVoice',
  'onVoicePlayEnd',
  'uploadVoice',
  'downloadVoice',
]

/** @type {Promise<void> | undefined} */
let configured

/**
 * Has WeChat accept this page. Once is enough, as all screens have one address; after a failure it tries again.
 *
 * @returns {Promise<void>}
 */
export function prepareWechat() {
  configured ??= configureWechat({ jsApiList }).then(
    () => {
      wx.onVoiceRecordEnd(({ localId }) => atRecordEnd(localId))
      wx.onVoicePlayEnd(() => atPlayEnd())
    },
    error => {
      configured = undefined
      throw error
    },
  )
  return configured
}

// WeChat has one listener for each of these events.
/** @type {(localId: string) => void} */
let atRecordEnd = () => {}
let atPlayEnd = () => {}

export const wechat = {
  /** The photograph on the phone, with something that an `<img>` can show. Needs {@link prepareWechat} before. */
  async choosePhoto() {
    const { localIds } = await wx.chooseImage({ count: 1, sizeType: ['compressed'] })
    const localId = localIds[0]
    const { localData } = await wx.getLocalImgData({ localId })
    return { localId, localData }
  },

  /** Puts the photograph where the back end can fetch it. */
  async uploadPhoto(localId) {
    const { serverId } = await wx.uploadImage({ localId })
    return serverId
  },

  async uploadVoice(localId) {
    const { serverId } = await wx.uploadVoice({ localId })
    return serverId
  },

  /** `onEnd` gets a recording that WeChat ended after its minute. Needs {@link prepareWechat} before. */
  async startRecord(onEnd) {
    atRecordEnd = onEnd
    await wx.startRecord()
  },

  async stopRecord() {
    const { localId } = await wx.stopRecord()
    return localId
  },

  /** A voice that was uploaded before the page was reloaded, as one on the phone. */
  async downloadVoice(serverId) {
    await prepareWechat()
    const { localId } = await wx.downloadVoice({ serverId })
    return localId
  },

  async playVoice(localId, onEnd) {
    atPlayEnd = onEnd
    await wx.playVoice({ localId })
  },

  stopVoice: localId => wx.stopVoice({ localId }),
}
