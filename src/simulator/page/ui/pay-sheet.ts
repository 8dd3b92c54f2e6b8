import { element } from './dom.js'
import type { Screen } from './screen.js'
import { actions, openSheet, sheetTitle } from './sheet.js'

/** Asks how the payment should end. The amount is known to WeChat only, behind the prepaid order's number. */
export async function askForPayment(
  screen: Screen,
  payment: Record<string, unknown>,
): Promise<'ok' | 'cancel' | 'fail'> {
  const { texts } = screen
  const sheet = openSheet<'ok' | 'fail'>(screen, { title: texts.pay, testId: 'pay' })
  const order = String(payment.package ?? '').replace(/^prepay_id=/, '')
  sheet.body.append(
    sheetTitle(texts.pay, texts.payNote),
    element('dl', {}, element('dt', { text: texts.payOrder }), element('dd', { text: order || '—' })),
    element('button', {
      class: 'primary wide',
      testId: 'pay-ok',
      text: texts.payNow,
      onclick: () => sheet.close('ok'),
    }),
    actions(
      element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() }),
      element('button', {
        class: 'danger',
        testId: 'pay-fail',
        text: texts.payFail,
        onclick: () => sheet.close('fail'),
      }),
    ),
  )
  return (await sheet.closed) ?? 'cancel'
}
