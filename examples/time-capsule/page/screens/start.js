import { h } from '../dom.js'
import { envelope } from '../parts/envelope.js'
import { t } from '../texts.js'

/** What a visitor sees: what this is, and the way in. */
export function startScreen() {
  return h(
    'div',
    { className: 'home' },
    h(
      'header',
      { className: 'hero' },
      h('div', { className: 'seal', 'aria-hidden': 'true' }, '封'),
      h('h1', {}, t.title),
      h('p', {}, t.tagline),
    ),
    h('section', { className: 'empty' }, envelope('empty'), h('p', {}, t.startText)),
    h('footer', { className: 'action-bar' }, h('a', { className: 'primary', href: '/enter' }, t.enter)),
  )
}
