import { captureScreen } from '../../../scanner/capture-screen.js'
import { readCode } from '../../../scanner/read-code.js'
import { element, icon, icons } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/**
 * Asks what the scan finds: a typed text, or the code in a picture that is chosen, pasted or dropped, or in a window
 * that the browser may capture. Undefined if the developer cancels.
 */
export async function scanCode(host: SheetHost, scanTypes: unknown[]): Promise<string | undefined> {
  const { texts } = host
  const sheet = openSheet<string>(host, { title: texts.scan, testId: 'scan' })
  const input = element('input', { type: 'text', testId: 'scan-input', label: texts.scanHint })
  input.placeholder = texts.scanHint
  input.autocomplete = 'off'
  const read = async (picture: Blob | HTMLVideoElement) => {
    const found = await readCode(picture).catch(() => undefined)
    if (found === undefined) host.toast(texts.scanNothing)
    else sheet.close(found)
  }

  const form = element(
    'form',
    {},
    element('div', { class: 'frame' }, element('i')),
    input,
    element('div', { class: 'sources' }, pictureTile(host, read), screenTile(host, read)),
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
  takeTransfers(form, read)
  const note = scanTypes.length === 1 && scanTypes[0] === 'qrCode' ? undefined : texts.barcodeHint
  sheet.body.append(sheetTitle(texts.scan, note), form)
  input.focus()
  return sheet.closed
}

/** Reads pasted and dropped pictures. A pasted text goes into the field as usual. */
function takeTransfers(form: HTMLElement, read: (picture: Blob) => void): void {
  const take = (event: Event, transfer: DataTransfer | null) => {
    const picture = [...(transfer?.files ?? [])].find(({ type }) => type.startsWith('image/'))
    if (!picture) return
    event.preventDefault()
    read(picture)
  }
  form.addEventListener('paste', event => take(event, event.clipboardData))
  form.addEventListener('dragover', event => event.preventDefault())
  form.addEventListener('drop', event => take(event, event.dataTransfer))
}

function pictureTile({ texts }: SheetHost, read: (picture: Blob) => void): HTMLElement {
  const input = element('input', { type: 'file', testId: 'scan-file', label: texts.scanImage })
  input.accept = 'image/*'
  input.addEventListener('change', () => {
    const [picture] = input.files ?? []
    // The value is cleared, because the input would fire no `change` if the same file is chosen again.
    input.value = ''
    if (picture) read(picture)
  })
  return element('label', { class: 'source' }, icon(icons.folder), texts.scanImage, input)
}

function screenTile(host: SheetHost, read: (picture: HTMLVideoElement) => Promise<void>): HTMLElement {
  const button = element(
    'button',
    { class: 'source', testId: 'scan-screen' },
    icon(icons.target),
    host.texts.scanScreen,
  )
  button.addEventListener('click', async () => {
    const captured = await captureScreen(read)
    if (!captured) host.toast(host.texts.scanScreenRefused)
  })
  return button
}
