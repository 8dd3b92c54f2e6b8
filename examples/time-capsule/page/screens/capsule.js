import { api, photoUrl, voiceUrl } from '../api.js'
import { h, icon, toast } from '../dom.js'
import { contents, envelope } from '../parts/envelope.js'
import { travel } from '../parts/time-travel.js'
import { topBar } from '../parts/top-bar.js'
import { voicePlayer } from '../parts/voice-player.js'
import { explain, formatDay, t } from '../texts.js'

/**
 * Builds the screen of one capsule.
 *
 * @param {() => void} again shows the screen anew
 */
export async function capsuleScreen(id, again) {
  const [me, capsule] = await Promise.all([api.me(), api.capsule(id)])
  if (capsule.state === 'opened') return openedCapsule(capsule)
  return h(
    'div',
    { className: 'capsule' },
    topBar(t.opensOn(formatDay(capsule.opensOn))),
    capsule.state === 'ready' ? readyCapsule(capsule, again) : sealedCapsule(capsule, me, again),
  )
}

function sealedCapsule(capsule, me, again) {
  const { daysLeft, sealedOn } = capsule
  return h(
    'section',
    { className: 'notice' },
    envelope('sealed'),
    h('p', { className: 'countdown' }, t.daysLeft(daysLeft)),
    h('p', { className: 'contents quiet' }, t.inside, ...contents(capsule)),
    h('p', { className: 'quiet' }, t.sealedOn(formatDay(sealedOn))),
    h('p', { className: 'quiet' }, t.notYet),
    me.simulatorUrl &&
      h(
        'button',
        { className: 'secondary', onclick: () => travel(daysLeft, again) },
        icon('clock'),
        t.travelTo,
      ),
  )
}

function readyCapsule(capsule, again) {
  const picture = envelope('ready')
  const button = h('button', { className: 'primary', onclick: open }, t.open)

  async function open() {
    button.disabled = true
    button.textContent = t.opening
    try {
      await api.open(capsule.id)
      picture.classList.add('breaking')
      // The animation of the seal takes 1.2 seconds; with reduced motion there is none.
      await pause(matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1_200)
    } catch (error) {
      toast(explain(error))
    }
    again()
  }

  return h(
    'section',
    { className: 'notice' },
    picture,
    h('p', { className: 'countdown' }, t.readyText),
    h('p', { className: 'contents quiet' }, t.inside, ...contents(capsule)),
    h('p', { className: 'quiet' }, t.sealedOn(formatDay(capsule.sealedOn))),
    button,
  )
}

function openedCapsule(capsule) {
  const { id, letter, sealedOn, openedOn, hasPhoto, hasVoice, voiceSeconds } = capsule
  return h(
    'div',
    { className: 'capsule' },
    topBar(t.openedOn(formatDay(openedOn))),
    h(
      'article',
      { className: 'paper read' },
      h('p', { className: 'paper-day' }, formatDay(sealedOn)),
      h('p', { className: 'letter-text', dir: 'auto' }, letter),
      hasVoice && voicePlayer(voiceUrl(id), voiceSeconds),
    ),
    hasPhoto && photograph(photoUrl(id), formatDay(sealedOn)),
  )
}

function photograph(source, caption) {
  const large = h(
    'dialog',
    { className: 'lightbox', 'aria-label': t.photo, onclick: () => large.close() },
    h('button', { 'aria-label': t.close }, icon('remove')),
    h('img', { src: source, alt: t.photo }),
  )
  return h(
    'figure',
    { className: 'polaroid large' },
    // wx.previewImage would show nothing: WeChat would request the photo without the session cookie, and be refused.
    h(
      'button',
      { 'aria-label': t.enlarge, onclick: () => large.showModal() },
      h('img', { src: source, alt: t.photo }),
    ),
    h('figcaption', {}, caption),
    large,
  )
}

function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}
