import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/** Asks how the payment should end. The amount is known to WeChat only, behind the prepaid order's number. */
export async function askForPayment(
  host: SheetHost,
  payment: Record<string, unknown>,
): Promise<'ok' | 'cancel' | 'fail'> {
  const { texts } = host
  const sheet = openSheet<'ok' | 'fail'>(host, { title: texts.pay, testId: 'pay' })
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
