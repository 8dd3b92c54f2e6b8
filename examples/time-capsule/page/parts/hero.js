import { h } from '../dom.js'
import { t } from '../texts.js'

/** The head of the start and the home screen. */
export function hero(line) {
  return h(
    'header',
    { className: 'hero' },
    h('div', { className: 'seal', 'aria-hidden': 'true' }, '封'),
    h('h1', {}, t.title),
    h('p', {}, line),
  )
}
