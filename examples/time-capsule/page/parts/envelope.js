import { h, icon } from '../dom.js'
import { t } from '../texts.js'

/**
 * Draws an envelope in this state.
 *
 * @param {'sealed' | 'ready' | 'opened' | 'empty'} state
 */
export function envelope(state) {
  return h(
    'span',
    { className: `envelope ${state}`, 'aria-hidden': 'true' },
    h('span', { className: 'sheet' }),
    h('span', { className: 'pocket' }),
    h('span', { className: 'flap' }),
    state !== 'opened' && h('span', { className: 'seal' }, '封'),
  )
}

/** Returns a labelled icon for each thing in a capsule: the letter, and the photo and the voice if there are any. */
export function contents({ hasPhoto, hasVoice }) {
  const sign = (name, title) => h('span', { title, role: 'img', 'aria-label': title }, icon(name))
  return [
    sign('letter', t.aLetter),
    hasPhoto && sign('camera', t.aPhoto),
    hasVoice && sign('microphone', t.aVoice),
  ]
}
