import { element } from '../dom.js'
import { dayOf, timeOfDay } from '../format.js'
import type { LiveData } from '../live-data.js'
import { panelOf, smallButton } from '../panel.js'
import { texts } from '../texts.js'

const steps = [
  { text: texts.steps.minutes, ms: 5 * 60_000 },
  { text: texts.steps.hours, ms: 2 * 3_600_000 },
  { text: texts.steps.days, ms: 3 * 86_400_000 },
  { text: texts.steps.month, ms: 30 * 86_400_000 },
]

/** What time it is in the simulated WeChat, and the way into the future. There is none back. */
export function timePanel(live: LiveData): HTMLElement {
  const { panel, body } = panelOf('time', texts.time, texts.timeNote)
  const time = element('time', { class: 'clock' })
  const day = element('p', { class: 'day' })
  const buttons = steps.map(({ text, ms }) => smallButton(text, () => live.change(api => api.advance(ms))))
  body.append(time, day, element('div', { class: 'buttons four' }, ...buttons))

  live.add(({ now }) => {
    time.textContent = timeOfDay(now)
    day.textContent = dayOf(now)
  })
  return panel
}
