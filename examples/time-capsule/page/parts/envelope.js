import { h, icon } from '../dom.js'
import { t } from '../texts.js'

/** @param {'sealed' | 'ready' | 'opened' | 'empty'} state */
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

/** What is inside, as small signs that have names. */
export function contents({ hasPhoto, hasVoice }) {
  const sign = (name, title) => h('span', { title, role: 'img', 'aria-label': title }, icon(name))
  return [
    sign('letter', t.aLetter),
    hasPhoto && sign('camera', t.aPhoto),
    hasVoice && sign('microphone', t.aVoice),
  ]
}
