import { h, icon } from '../dom.js'
import { t } from '../texts.js'

export function removeButton(onclick) {
  return h('button', { className: 'remove', onclick, 'aria-label': t.remove }, icon('remove'))
}

/** Draws the three arcs that mark a voice message in WeChat. */
export function waves() {
  return h('span', { className: 'waves', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'))
}

/** What a slot shows between the tap and WeChat's answer to `wx.config`. */
export function connectingSlot(name) {
  return h(
    'button',
    { className: 'slot', disabled: true, 'aria-busy': 'true' },
    icon(name),
    h('span', { role: 'status' }, t.connecting),
  )
}
