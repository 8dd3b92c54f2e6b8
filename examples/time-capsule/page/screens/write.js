import { api } from '../api.js'
import { clearToast, h, toast } from '../dom.js'
import { drafts } from '../drafts.js'
import { dayField } from '../parts/day-field.js'
import { envelope } from '../parts/envelope.js'
import { photoField } from '../parts/photo-field.js'
import { topBar } from '../parts/top-bar.js'
import { voiceField } from '../parts/voice-field.js'
import { explain, formatDay, t } from '../texts.js'
import { prepareWechat } from '../wechat.js'

const longestLetter = 5_000
/** From so many characters on, the page shows the length of the letter and its limit. */
const nearlyFull = 4_500

export async function writeScreen() {
  const [{ simulatorUrl }, { today }] = await Promise.all([api.me(), api.capsules()])
  const letter = letterField(today)
  const photo = photoField()
  const voice = voiceField()
  const sealButton = h('button', { className: 'primary two-lines', onclick: seal })
  let chosen = ''
  const day = dayField(today, value => {
    chosen = value
    labelButton(t.seal)
  })

  // The chosen day may be hidden below the action bar: the button repeats it.
  function labelButton(text) {
    sealButton.replaceChildren(text, ...(chosen ? [' ', h('small', {}, t.opensOn(formatDay(chosen)))] : []))
  }

  async function seal() {
    if (!letter.isValid() || !day.isValid()) return
    // The capsule would lack a photo or voice that is still being recorded or uploaded, so the person has to wait for it.
    if (voice.isBusy() || photo.isBusy()) {
      toast(voice.whyBusy() ?? t.notReady)
      return
    }
    sealButton.disabled = true
    labelButton(t.sealing)
    try {
      const { opensOn } = await api.seal({
        letter: letter.value(),
        opensOn: day.value(),
        imageServerId: photo.serverId(),
        voiceServerId: voice.serverId(),
      })
      drafts.forget()
      clearToast()
      screen.replaceChildren(sealedNotice(opensOn))
      scrollTo(0, 0)
    } catch (error) {
      // The server names the photo or voice that WeChat no longer has. It is removed, or sealing would fail again.
      if (/photo/.test(error.reason)) photo.clear()
      if (/voice/.test(error.reason)) voice.clear()
      toast(explain(error))
      sealButton.disabled = false
      labelButton(t.seal)
    }
  }

  const screen = h(
    'div',
    { className: 'write' },
    topBar(t.write),
    letter.element,
    connectionNotice(Boolean(simulatorUrl)),
    h('div', { className: 'fields' }, photo.element, voice.element),
    day.element,
    h('footer', { className: 'action-bar' }, sealButton),
  )
  return screen
}

/** Builds the field of the letter. It has no `maxLength`, with which the browser would cut a pasted letter silently. */
function letterField(today) {
  const length = h('p', { className: 'letter-length', 'aria-live': 'polite' })
  const text = h('textarea', {
    placeholder: t.dear,
    'aria-label': t.letter,
    dir: 'auto',
    value: drafts.current().letter,
    oninput() {
      drafts.keep({ letter: text.value })
      showLength()
    },
  })
  const used = () => text.value.trim().length

  function showLength() {
    length.hidden = used() < nearlyFull
    length.classList.toggle('too-long', used() > longestLetter)
    length.textContent = t.letterLength(used(), longestLetter)
  }

  function isValid() {
    if (used() > 0 && used() <= longestLetter) return true
    toast(used() === 0 ? t.nothingWritten : t.tooLong(longestLetter))
    text.focus()
    return false
  }

  showLength()
  const element = h(
    'div',
    { className: 'paper' },
    h('p', { className: 'paper-day' }, formatDay(today)),
    text,
    length,
  )
  return { element, value: () => text.value, isValid }
}

/** Says why photographs and voices can't be added, and tries again. A developer at the simulator reads the cause too. */
function connectionNotice(isSimulated) {
  const reason = h('p', {})
  const cause = h('p', { className: 'for-developers', lang: 'en', hidden: !isSimulated })
  const again = h('button', { className: 'small', onclick: connect }, t.retry)
  const notice = h('div', { className: 'warning', role: 'note', hidden: true }, reason, cause, again)

  async function connect() {
    again.disabled = true
    try {
      await prepareWechat()
      notice.hidden = true
    } catch (error) {
      reason.textContent = explain(error)
      cause.textContent = error.message
      again.hidden = error.reason === 'outside-wechat'
      notice.hidden = false
      console.warn(error.message)
    }
    again.disabled = false
  }

  void connect()
  return notice
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
