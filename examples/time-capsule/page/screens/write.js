import { api } from '../api.js'
import { h, toast } from '../dom.js'
import { dayField } from '../parts/day-field.js'
import { envelope } from '../parts/envelope.js'
import { photoField } from '../parts/photo-field.js'
import { topBar } from '../parts/top-bar.js'
import { voiceField } from '../parts/voice-field.js'
import { explain, formatDay, t } from '../texts.js'
import { prepareWechat } from '../wechat.js'

const draftKey = 'time-capsule:draft'

export async function writeScreen() {
  const { today } = await api.capsules()
  const letter = h('textarea', {
    maxLength: 5_000,
    placeholder: t.dear,
    'aria-label': t.letter,
    value: drafts.read(),
    oninput: () => drafts.keep(letter.value),
  })
  const photo = photoField()
  const voice = voiceField()
  const day = dayField(today)
  const warning = h('p', { className: 'warning', role: 'note', hidden: true })
  const sealButton = h('button', { className: 'primary', onclick: seal }, t.seal)

  async function seal() {
    if (letter.value.trim() === '') {
      toast(t.nothingWritten)
      letter.focus()
      return
    }
    if (!day.isValid()) return
    // What is still on its way would be left out without a word.
    if (voice.isBusy() || photo.isBusy()) {
      toast(t.notReady)
      return
    }
    sealButton.disabled = true
    sealButton.textContent = t.sealing
    try {
      const { opensOn } = await api.seal({
        letter: letter.value,
        opensOn: day.value(),
        imageServerId: photo.serverId(),
        voiceServerId: voice.serverId(),
      })
      drafts.forget()
      screen.replaceChildren(sealedNotice(opensOn))
      scrollTo(0, 0)
    } catch (error) {
      toast(explain(error))
      sealButton.disabled = false
      sealButton.textContent = t.seal
    }
  }

  prepareWechat().catch(error => {
    warning.textContent = error.reason === 'outside-wechat' ? t.outsideWechat : t.unsigned
    warning.hidden = false
    console.warn(error.message)
  })

  const screen = h(
    'div',
    { className: 'write' },
    topBar(t.write),
    h('div', { className: 'paper' }, h('p', { className: 'paper-day' }, formatDay(today)), letter),
    warning,
    h('div', { className: 'fields' }, photo.element, voice.element),
    day.element,
    h('footer', { className: 'action-bar' }, sealButton),
  )
  return screen
}

function sealedNotice(opensOn) {
  return h(
    'section',
    { className: 'notice sealed-notice', role: 'status' },
    envelope('sealed'),
    h('h1', {}, t.sealedTitle),
    h('p', {}, t.sealedText(formatDay(opensOn, 'full'))),
    h('a', { className: 'primary', href: '#/' }, t.toList),
  )
}

/** A login in between, or a careless thumb, must not cost anybody their words. */
const drafts = {
  read() {
    try {
      return sessionStorage.getItem(draftKey) ?? ''
    } catch {
      return ''
    }
  },
  keep(text) {
    try {
      sessionStorage.setItem(draftKey, text)
    } catch {
      // Storage is switched off: then the page alone remembers.
    }
  },
  forget: () => drafts.keep(''),
}
