import { h } from '../dom.js'
import { formatDay, t } from '../texts.js'

/**
 * Builds the field in which the person chooses the opening day.
 *
 * @param {string} today the server's date, because the server decides when a capsule opens
 * @param {(day: string) => void} onChange gets each chosen day, the first one included
 */
export function dayField(today, onChange) {
  const tomorrow = later(today, { days: 1 })
  const choices = [
    [t.tomorrow, tomorrow],
    [t.inAMonth, later(today, { months: 1 })],
    [t.inAYear, later(today, { months: 12 })],
    [t.inTenYears, later(today, { months: 120 })],
  ]
  const date = h('input', {
    type: 'date',
    min: tomorrow,
    max: later(today, { months: 1_199 }),
    value: choices[2][1],
    'aria-label': t.openingDay,
    oninput: update,
    required: true,
  })
  const spoken = h('p', { className: 'spoken-day', 'aria-live': 'polite' })
  const chips = choices.map(([label, day]) =>
    h(
      'button',
      {
        type: 'button',
        value: day,
        className: 'chip',
        onclick() {
          date.value = day
          update()
        },
      },
      label,
    ),
  )

  function update() {
    for (const chip of chips) chip.setAttribute('aria-pressed', String(chip.value === date.value))
    spoken.textContent = date.value ? t.opensOn(formatDay(date.value, 'full')) : ''
    onChange(date.value)
  }

  update()
  const element = h(
    'fieldset',
    { className: 'day-field' },
    h('legend', {}, t.whenToOpen),
    h('div', { className: 'chips' }, ...chips, date),
    spoken,
  )
  return { element, value: () => date.value, isValid: () => date.reportValidity() }
}

/** Returns a later date. A month after January 31 is the last day of February. */
function later(day, { days = 0, months = 0 }) {
  const [year, month, date] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  const result = new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth) + days))
  return result.toISOString().slice(0, 10)
}
