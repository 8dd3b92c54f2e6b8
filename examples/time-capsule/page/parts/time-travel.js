import { api } from '../api.js'
import { h, icon, toast } from '../dom.js'
import { explain, formatDay, t } from '../texts.js'

/** Shows today's date, and a button that moves the simulator's clock forward. The page omits it with the real WeChat. */
export function timeTravelBar({ today, next, again }) {
  const dialog = travelDialog({ next, again })
  return h(
    'div',
    { className: 'travel' },
    h('p', {}, h('span', { className: 'quiet' }, t.today), formatDay(today, 'full')),
    h('button', { className: 'small', onclick: () => dialog.showModal() }, icon('clock'), t.travel),
    dialog,
  )
}

function travelDialog({ next, again }) {
  const leap = (label, days) =>
    h(
      'button',
      {
        async onclick() {
          dialog.close()
          await travel(days, again)
        },
      },
      label,
    )
  const dialog = h(
    'dialog',
    { className: 'sheet-dialog', 'aria-label': t.travel },
    h('h2', {}, t.travel),
    h('p', { className: 'quiet' }, t.travelText),
    h(
      'div',
      { className: 'leaps' },
      leap(t.aDay, 1),
      leap(t.threeDays, 3),
      leap(t.aMonth, 30),
      leap(t.aYear, 365),
    ),
    next && h('p', { className: 'leaps' }, leap(t.opensOn(formatDay(next.opensOn)), next.daysLeft)),
    h('button', { className: 'plain', onclick: () => dialog.close() }, t.cancel),
  )
  // A tap beside the sheet closes it, as everywhere in WeChat.
  dialog.addEventListener('click', event => {
    if (event.target === dialog) dialog.close()
  })
  return dialog
}

export async function travel(days, again) {
  try {
    await api.travel(days)
    const { today } = await api.capsules()
    toast(t.travelled(formatDay(today, 'full')))
  } catch (error) {
    toast(explain(error))
  }
  again()
}
