import type { DashboardSwitches } from '../../protocol/dashboard.js'
import { element, reconcile } from '../dom.js'
import type { LiveData } from '../live-data.js'
import { panelOf, smallButton } from '../panel.js'
import { texts } from '../texts.js'

const faults: readonly (readonly [text: string, fault: unknown])[] = [
  [texts.busy, { errcode: -1 }],
  [texts.quota, { errcode: 45009 }],
  [texts.slow, { delayMs: 5_000 }],
  [texts.cut, 'reset'],
  [texts.hang, 'hang'],
  [texts.proxyPage, 'html'],
]

/** Each switch with what it sets when it is on, and off. */
const switches: readonly {
  name: keyof DashboardSwitches
  text: string
  note: string
  on: unknown
  off: unknown
}[] = [
  { name: 'ipWhitelist', text: texts.ipWhitelist, note: texts.ipWhitelistNote, on: [], off: 'off' },
  { name: 'snapshotPage', text: texts.snapshotPage, note: texts.snapshotPageNote, on: true, off: false },
  {
    name: 'doubleCallback',
    text: texts.doubleCallback,
    note: texts.doubleCallbackNote,
    on: 'same-code',
    off: 'off',
  },
  { name: 'cookieLoss', text: texts.cookieLoss, note: texts.cookieLossNote, on: 'once', off: 'off' },
]

/** WeChat's bad days, to be had at the push of a button. */
export function faultsPanel(live: LiveData): HTMLElement {
  const { panel, body } = panelOf('faults', texts.faults, '')
  const call = element(
    'select',
    { class: 'field', attributes: { 'aria-label': texts.nextCall } },
    ...Object.entries(texts.calls).map(([path, text]) =>
      element('option', { text, attributes: { value: path } }),
    ),
  )
  const buttons = faults.map(([text, fault]) =>
    smallButton(text, () => live.change(api => api.plan(call.value, fault))),
  )
  body.append(
    element('h3', { text: texts.nextCall }),
    call,
    element('div', { class: 'buttons three' }, ...buttons),
    plannedFaults(live),
    element('h3', { text: texts.switches }),
    switchList(live),
  )
  return panel
}

function plannedFaults(live: LiveData): HTMLElement {
  const list = element('ul', { class: 'planned', attributes: { 'aria-label': texts.waiting } })
  const clear = smallButton(texts.clear, () => live.change(api => api.clearFaults()))
  const planned = element('div', { class: 'waiting' }, list, clear)
  live.add(data => {
    const entries = Object.entries(data.faults).flatMap(([path, names]) =>
      names.map(name => ({ path, name })),
    )
    planned.hidden = entries.length === 0
    reconcile(list, entries, ({ path, name }) =>
      element('li', {}, element('code', { text: path }), element('span', { class: 'fault', text: name })),
    )
  })
  return planned
}

function switchList(live: LiveData): HTMLElement {
  const list = element('div', { class: 'switches' })
  for (const { name, text, note, on, off } of switches) {
    const input = element('input', { class: 'weui-switch', attributes: { type: 'checkbox', role: 'switch' } })
    input.addEventListener('change', () =>
      live.change(api => api.configure({ [name]: input.checked ? on : off })),
    )
    live.add(data => {
      input.checked = data.switches[name]
    })
    const words = element('span', {}, element('b', { text }), element('small', { text: note }))
    list.append(element('label', { class: 'switch' }, words, input))
  }
  return list
}
