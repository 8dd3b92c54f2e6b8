import type { PaySignature } from '../../../protocol/bridge.js'
import { verifyPaySign } from '../../pay-signature.js'
import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/**
 * Asks the developer how the payment ends. It shows no amount, which only WeChat knows. Without a `signature`, the sheet
 * offers to verify `paySign` by a key. A payment whose `paySign` is wrong can't succeed.
 */
export async function askForPayment(
  host: SheetHost,
  payment: Record<string, unknown>,
  signature: PaySignature | undefined,
): Promise<'ok' | 'cancel' | 'fail'> {
  const { texts } = host
  const sheet = openSheet<'ok' | 'fail'>(host, { title: texts.pay, testId: 'pay' })
  const order = String(payment.package ?? '').replace(/^prepay_id=/, '')
  const succeed = element('button', {
    class: 'primary wide',
    testId: 'pay-ok',
    text: texts.payNow,
    onclick: () => sheet.close('ok'),
  })
  const check = element('div', { class: 'check' })
  const show = (judged: PaySignature) => {
    succeed.disabled = !judged.isValid
    check.replaceChildren(...verdict(host, judged))
  }
  check.append(keyForm(host, async key => show(await verifyPaySign(payment, key))))
  if (signature) show(signature)

  sheet.body.append(
    sheetTitle(texts.pay, texts.payNote),
    element('dl', {}, element('dt', { text: texts.payOrder }), element('dd', { text: order || '—' })),
    check,
    succeed,
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

function verdict({ texts }: SheetHost, { isValid, reason, signedText }: PaySignature): HTMLElement[] {
  if (isValid)
    return [element('p', { class: 'good', testId: 'pay-sign', role: 'status', text: texts.paySignValid })]
  const why = reason ? texts.paySignReasons[reason] : texts.paySignInvalid
  const said = element('p', { class: 'bad', testId: 'pay-sign', role: 'status', text: why })
  return reason ? [said] : [said, element('code', { text: signedText })]
}

/** The key stays in this sheet. It is never sent or stored. */
function keyForm({ texts }: SheetHost, given: (key: string) => void): HTMLElement {
  const input = element('textarea', { testId: 'pay-key', label: texts.paySignKey })
  input.rows = 2
  input.spellcheck = false
  input.placeholder = texts.paySignKey
  const button = element('button', {
    class: 'small',
    testId: 'pay-check',
    text: texts.paySignCheck,
    onclick: () => given(input.value.trim()),
  })
  return element(
    'details',
    { testId: 'pay-details' },
    element('summary', { class: 'note', text: texts.paySignUnchecked }),
    input,
    button,
  )
}
