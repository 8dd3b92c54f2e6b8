import { h, icon } from '../dom.js'
import { t } from '../texts.js'

export function topBar(title) {
  return h(
    'header',
    { className: 'top-bar' },
    h('a', { href: '#/', className: 'back', 'aria-label': t.back }, icon('back')),
    h('h1', {}, title),
  )
}
