import type { DashboardCall } from '../../protocol/dashboard.js'
import { element, reconcile } from '../dom.js'
import { timeOfDay } from '../format.js'
import type { LiveData } from '../live-data.js'
import { emptyNote, panelOf, smallButton } from '../panel.js'
import { texts } from '../texts.js'

/** What the app and WeChat say to each other, the latest first. */
export function historyPanel(live: LiveData): HTMLElement {
  const clear = smallButton(texts.clear, () => live.change(api => api.clearHistory()))
  const { panel, body } = panelOf('history', texts.history, texts.historyNote, clear)
  const list = element('ol', { class: 'calls', attributes: { 'aria-label': texts.history } })
  const empty = emptyNote(texts.noHistory)
  body.append(list, empty)
  live.add(({ history }) => {
    reconcile(list, history, callRow)
    empty.hidden = history.length > 0
    clear.hidden = history.length === 0
  })
  return panel
}

function callRow(call: DashboardCall): HTMLElement {
  const { at, method, path, parameters, warnings = [], fault } = call
  const summary = element(
    'summary',
    {},
    element('time', { text: timeOfDay(at) }),
    element('span', { class: `method ${method.toLowerCase()}`, text: method }),
    element('code', { text: path }),
    ...(fault ? [element('span', { class: 'fault', text: fault })] : []),
    outcome(call),
  )
  const rows: HTMLElement[] = Object.entries(parameters).flatMap(([name, value]) => [
    element('dt', { text: name }),
    element('dd', { text: value }),
  ])
  const notes = warnings.map(warning => element('p', { class: 'warning', text: warning }))
  if (rows.length === 0) rows.push(element('dt', { text: texts.noParameters }))
  const details = element('details', {}, summary, ...notes, element('dl', {}, ...rows))
  return element('li', { class: 'call' }, details)
}

/** WeChat answers 200 to nearly everything; the errcode tells. */
function outcome({ status, errcode, errorPage }: DashboardCall): HTMLElement {
  const refusal = errcode ?? errorPage
  const isGood = refusal === undefined && status !== undefined && status < 400
  const text = refusal === undefined ? String(status ?? '—') : String(refusal)
  return element('span', { class: `outcome ${isGood ? 'good' : 'bad'}`, text })
}
