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

// WeChat has one listener for each of these, whoever asks.
/** @type {(localId: string) => void} */
let atRecordEnd = () => {}
let atPlayEnd = () => {}

export const wechat = {
  /** The photograph on the phone, with something that an `<img>` can show. */
  async choosePhoto() {
    await prepareWechat()
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

  /** `onEnd` hears of a recording that WeChat ended after its minute. */
  async startRecord(onEnd) {
    await prepareWechat()
    atRecordEnd = onEnd
    await wx.startRecord()
  },

  async stopRecord() {
    const { localId } = await wx.stopRecord()
    return localId
  },

  async playVoice(localId, onEnd) {
    atPlayEnd = onEnd
    await wx.playVoice({ localId })
  },

  stopVoice: localId => wx.stopVoice({ localId }),
}
