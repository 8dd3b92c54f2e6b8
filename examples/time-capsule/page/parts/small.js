import { h, icon } from '../dom.js'
import { t } from '../texts.js'

export function removeButton(onclick) {
  return h('button', { className: 'remove', onclick, 'aria-label': t.remove }, icon('remove'))
}

/** The three arcs by which everybody in WeChat knows a voice. */
export function waves() {
  return h('span', { className: 'waves', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'))
}
