import { h, icon, toast } from '../dom.js'
import { explain, t } from '../texts.js'
import { wechat } from '../wechat.js'
import { removeButton, waves } from './small.js'

/** A place for one recording of a minute at most. */
export function voiceField() {
  const field = h('div', { className: 'field voice-field' })
  let serverId
  let turn = 0

  function showEmpty() {
    turn++
    serverId = undefined
    field.replaceChildren(h('button', { className: 'slot', onclick: record }, icon('microphone'), t.addVoice))
  }

  async function record() {
    let startedAt = Date.now()
    const seconds = () => Math.max(1, Math.round((Date.now() - startedAt) / 1000))
    let isFinished = false
    const finish = async localId => {
      if (isFinished) return
      isFinished = true
      clearInterval(ticking)
      const length = seconds()
      try {
        await keep(localId ?? (await wechat.stopRecord()), length)
      } catch (error) {
        showEmpty()
        toast(explain(error))
      }
    }
    const time = h('span', { className: 'time' }, t.seconds(0))
    const ticking = setInterval(() => {
      time.textContent = t.seconds(seconds())
    }, 500)
    try {
      await wechat.startRecord(finish)
      // Until here WeChat may have asked for the microphone.
      startedAt = Date.now()
    } catch (error) {
      clearInterval(ticking)
      toast(error.reason === 'cancelled' ? t.denied : explain(error))
      return
    }
    const stop = h(
      'button',
      { className: 'slot recording', onclick: () => finish(undefined) },
      icon('stop'),
      time,
      h('span', {}, t.recording),
    )
    field.replaceChildren(stop)
    stop.focus()
  }

  async function keep(localId, length) {
    const mine = ++turn
    showVoice(localId, length, t.uploading)
    const uploaded = await wechat.uploadVoice(localId)
    if (mine !== turn) return
    serverId = uploaded
    showVoice(localId, length)
    toast(t.voiceThere)
  }

  function showVoice(localId, length, note) {
    let isPlaying = false
    const show = playing => {
      isPlaying = playing
      bubble.classList.toggle('playing', playing)
      bubble.setAttribute('aria-label', playing ? t.pause : t.play)
    }
    const bubble = h(
      'button',
      {
        className: 'bubble',
        async onclick() {
          if (isPlaying) await wechat.stopVoice(localId)
          else await wechat.playVoice(localId, () => show(false))
          show(!isPlaying)
        },
      },
      waves(),
      h('span', {}, note ?? t.seconds(length)),
    )
    show(false)
    field.replaceChildren(h('div', { className: 'kept' }, bubble), removeButton(showEmpty))
  }

  showEmpty()
  const isBusy = () => serverId === undefined && field.querySelector('.recording, .bubble') !== null
  return { element: field, serverId: () => serverId, isBusy }
}
