import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/** Asks what the scan should find; undefined if it was cancelled. */
export async function scanCode(host: SheetHost, scanTypes: unknown[]): Promise<string | undefined> {
  const { texts } = host
  const sheet = openSheet<string>(host, { title: texts.scan, testId: 'scan' })
  const input = element('input', { type: 'text', testId: 'scan-input', label: texts.scanHint })
  input.placeholder = texts.scanHint
  input.autocomplete = 'off'
  const form = element(
    'form',
    {},
    element('div', { class: 'frame' }, element('i')),
    input,
    actions(
      element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() }),
      element('button', {
        class: 'primary',
        testId: 'scan-confirm',
        type: 'submit',
        text: texts.scanConfirm,
      }),
    ),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    if (input.value) sheet.close(input.value)
  })
  const note = scanTypes.length === 1 && scanTypes[0] === 'qrCode' ? undefined : texts.barcodeHint
  sheet.body.append(sheetTitle(texts.scan, note), form)
  input.focus()
  return sheet.closed
}
