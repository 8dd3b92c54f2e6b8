import { h, icon, toast } from '../dom.js'
import { drafts } from '../drafts.js'
import { explain, t } from '../texts.js'
import { prepareWechat, wechat } from '../wechat.js'
import { connectingSlot, removeButton, waves } from './small.js'

/** Builds the field for one voice recording. WeChat ends a recording after a minute. */
export function voiceField() {
  const field = h('div', { className: 'field voice-field' })
  let serverId
  let isBusy = false
  let turn = 0

  function clear() {
    turn++
    isBusy = false
    serverId = undefined
    drafts.keep({ voice: undefined })
    field.replaceChildren(h('button', { className: 'slot', onclick: record }, icon('microphone'), t.addVoice))
  }

  async function record() {
    const mine = ++turn
    field.replaceChildren(connectingSlot('microphone'))
    try {
      await prepareWechat()
      if (mine !== turn) return
      const recording = recordingSlot(finish)
      await wechat.startRecord(recording.end)
      // The seconds are counted from here, because until now WeChat may have been asking for the microphone.
      recording.start()
      isBusy = true
      field.replaceChildren(recording.element)
      recording.element.focus()
    } catch (error) {
      if (mine !== turn) return
      clear()
      toast(error.reason === 'cancelled' ? t.denied : explain(error))
    }
  }

  /** Uploads the recording. Without the `localId` of a recording that WeChat ended, it stops the recording first. */
  async function finish(localId, seconds) {
    const mine = ++turn
    try {
      const recorded = localId ?? (await wechat.stopRecord())
      showVoice(async () => recorded, t.uploading)
      const uploaded = await wechat.uploadVoice(recorded)
      if (mine !== turn) return
      isBusy = false
      serverId = uploaded
      drafts.keep({ voice: { serverId, seconds } })
      showVoice(async () => recorded, t.seconds(seconds))
      toast(t.voiceThere)
    } catch (error) {
      if (mine !== turn) return
      clear()
      toast(explain(error))
    }
  }

  /**
   * Shows the recording as a bubble that plays it when tapped.
   *
   * @param {() => Promise<string>} getLocalId
   */
  function showVoice(getLocalId, note) {
    field.replaceChildren(h('div', { className: 'kept' }, bubble(getLocalId, note)), removeButton(clear))
  }

  /** Shows the draft's voice after a reload. The phone has lost it, so it is downloaded from WeChat when it is played. */
  function restore(voice) {
    serverId = voice.serverId
    let localId
    const fetchOnce = async () => {
      localId ??= await wechat.downloadVoice(voice.serverId)
      return localId
    }
    showVoice(fetchOnce, t.seconds(voice.seconds))
  }

  const { voice } = drafts.current()
  if (voice) restore(voice)
  else clear()
  /** During a recording, asks the person to end it, since waiting does not help. Undefined during an upload. */
  const whyBusy = () => (field.querySelector('.recording') ? t.endRecordingFirst : undefined)
  return { element: field, serverId: () => serverId, isBusy: () => isBusy, whyBusy, clear }
}

/**
 * Builds the slot that shows the seconds of a recording in progress. `finish` is called once, at the recording's end.
 *
 * @param {(localId: string | undefined, seconds: number) => void} finish
 */
function recordingSlot(finish) {
  let startedAt = Date.now()
  let ticking = 0
  let isFinished = false
  const seconds = () => Math.max(1, Math.round((Date.now() - startedAt) / 1000))
  const end = localId => {
    if (isFinished) return
    isFinished = true
    clearInterval(ticking)
    finish(localId, seconds())
  }
  const time = h('span', { className: 'time' }, t.seconds(0))
  const element = h(
    'button',
    { className: 'slot recording', onclick: () => end(undefined) },
    icon('stop'),
    time,
    h('span', {}, t.recording),
  )
  return {
    element,
    end,
    start() {
      startedAt = Date.now()
      ticking = setInterval(() => {
        time.textContent = t.seconds(seconds())
      }, 500)
    },
  }
}

function bubble(getLocalId, note) {
  let isPlaying = false
  const label = h('span', {}, note)
  const show = playing => {
    isPlaying = playing
    element.classList.toggle('playing', playing)
    // The label contains the visible words, so that a person can say these to a voice control.
    element.setAttribute('aria-label', `${playing ? t.pause : t.play} ${note}`)
  }
  async function toggle() {
    const wasPlaying = isPlaying
    try {
      const localId = await getLocalId()
      if (wasPlaying) await wechat.stopVoice(localId)
      else await wechat.playVoice(localId, () => show(false))
      show(!wasPlaying)
    } catch (error) {
      toast(explain(error))
    }
  }
  const element = h('button', { className: 'bubble', onclick: toggle }, waves(), label)
  show(false)
  return element
}
