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
 * Runs `wx.config` once for all screens, because they share one address. After a failure, the next call tries again.
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

// The listeners of WeChat's two events are registered once. They call these functions, which each recording or playback
// replaces.
/** @type {(localId: string) => void} */
let atRecordEnd = () => {}
let atPlayEnd = () => {}

export const wechat = {
  /** Lets the person choose a photo. Resolves to its id and to data for an `<img>`. Needs {@link prepareWechat} first. */
  async choosePhoto() {
    const { localIds } = await wx.chooseImage({ count: 1, sizeType: ['compressed'] })
    const localId = localIds[0]
    const { localData } = await wx.getLocalImgData({ localId })
    return { localId, localData }
  },

  /** Uploads the photo to WeChat. Resolves to its `serverId`, by which the back end downloads it. */
  async uploadPhoto(localId) {
    const { serverId } = await wx.uploadImage({ localId })
    return serverId
  },

  async uploadVoice(localId) {
    const { serverId } = await wx.uploadVoice({ localId })
    return serverId
  },

  /** Starts to record. If WeChat ends it after a minute, `onEnd` gets the `localId`. Needs {@link prepareWechat} first. */
  async startRecord(onEnd) {
    atRecordEnd = onEnd
    await wx.startRecord()
  },

  async stopRecord() {
    const { localId } = await wx.stopRecord()
    return localId
  },

  /** Downloads an uploaded voice to the phone, which loses its recordings on a reload. Resolves to the new `localId`. */
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
