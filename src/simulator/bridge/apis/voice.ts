import type { Api } from '../bridge.js'
import { decodePcm } from '../media/pcm.js'
import { type Recording, startRecording } from '../media/recorder.js'
import { VoicePlayer } from '../media/voice-player.js'
import type { Phone } from '../phone.js'

export function voiceApis(phone: Phone): Record<string, Api> {
  const { media, client, screen, settings, state } = phone
  const player = new VoicePlayer(localId => phone.emit('onVoicePlayEnd', { localId }))
  let recording: Recording | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Stops the recording, on the page's call or after `maxRecordMs`. Resolves to its `localId`; undefined without one. */
  async function finishRecording(): Promise<string | undefined> {
    const finished = recording
    recording = undefined
    clearTimeout(timer)
    if (!finished) return undefined
    state.recording = false
    screen.hideRecordingBar()
    return media.add('voice', await finished.stop())
  }

  return {
    async startRecord() {
      if (recording || state.recording) return { err_msg: 'startRecord:fail_recording' }
      if (settings.mic === 'deny') return { err_msg: 'startRecord:cancel' }
      state.recording = true
      try {
        recording = await startRecording(settings.mic)
      } finally {
        state.recording = recording !== undefined
      }
      if (!recording) return { err_msg: 'startRecord:cancel' }
      screen.showRecordingBar(recording.isCanned, settings.maxRecordMs)
      timer = setTimeout(async () => {
        const localId = await finishRecording()
        if (localId) phone.emit('onVoiceRecordEnd', { err_msg: 'onVoiceRecordEnd:ok', localId })
      }, settings.maxRecordMs)
      return { err_msg: 'startRecord:ok' }
    },

    async stopRecord() {
      const localId = await finishRecording()
      return localId ? { err_msg: 'stopRecord:ok', localId } : { err_msg: 'stopRecord:fail_not recording' }
    },

    async playVoice({ localId }) {
      const voice = media.voice(localId)
      if (!voice) return { err_msg: 'playVoice:fail_file not exist' }
      await player.play(voice)
      return { err_msg: 'playVoice:ok' }
    },

    pauseVoice({ localId }) {
      return { err_msg: player.pause(String(localId)) ? 'pauseVoice:ok' : 'pauseVoice:fail_not playing' }
    },

    stopVoice({ localId }) {
      return { err_msg: player.stop(String(localId)) ? 'stopVoice:ok' : 'stopVoice:fail_not playing' }
    },

    async uploadVoice({ localId, isShowProgressTips }) {
      const voice = media.voice(localId)
      if (!voice) return { err_msg: 'uploadVoice:fail_file not exist' }
      const serverId = await screen.withProgress(
        screen.texts.uploading,
        async () =>
          client.uploadVoice(await decodePcm(voice.file, 8_000), await decodePcm(voice.file, 16_000)),
        isShowProgressTips !== 0,
      )
      return { err_msg: 'uploadVoice:ok', serverId }
    },

    async downloadVoice({ serverId, isShowProgressTips }) {
      const file = await screen.withProgress(
        screen.texts.downloading,
        () => client.downloadVoice(String(serverId)),
        isShowProgressTips !== 0,
      )
      if (!file.type.startsWith('audio/')) return { err_msg: 'downloadVoice:fail_not a voice' }
      return { err_msg: 'downloadVoice:ok', localId: media.add('voice', file) }
    },

    translateVoice({ localId }) {
      return media.voice(localId)
        ? { err_msg: 'translateVoice:ok', translateResult: screen.texts.translatedVoice }
        : { err_msg: 'translateVoice:fail_file not exist' }
    },
  }
}
