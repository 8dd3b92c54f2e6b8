import { element } from './dom.js'
import type { SheetHost } from './sheet-host.js'

export interface SheetContent {
  title: string
  testId: string
  /** `sheet` covers a part of the page, `full` all of it. @default 'sheet' */
  look?: 'sheet' | 'full'
}

export interface Sheet<Result> {
  /** Closes the sheet with a result; without one, `closed` resolves to undefined, as if it was cancelled. */
  close(result?: Result): void
  closed: Promise<Result | undefined>
  body: HTMLElement
}

/**
 * Opens a modal sheet: the browser's own dialog traps the focus, makes the page inert and closes on Escape. `closed`
 * resolves to undefined after Escape, a click beside the sheet, or its cancel button.
 */
export function openSheet<Result>(
  host: SheetHost,
  { title, testId, look = 'sheet' }: SheetContent,
): Sheet<Result> {
  const body = element('div', { class: 'body' })
  const dialog = element('dialog', { class: look, testId, label: title }, body)
  let answer: Result | undefined

  dialog.addEventListener('click', event => {
    if (event.target === dialog && look === 'sheet') dialog.close()
  })
  const closed = new Promise<Result | undefined>(resolve => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(answer)
    })
  })
  host.root.append(dialog)
  dialog.showModal()
  return {
    body,
    closed,
    close(result) {
      answer = result
      dialog.close()
    },
  }
}

export function sheetTitle(text: string, note?: string): HTMLElement {
  const title = element('header', {}, element('h2', { text }))
  if (note) title.append(element('p', { class: 'note', text: note }))
  return title
}

export function actions(...buttons: HTMLElement[]): HTMLElement {
  return element('footer', {}, ...buttons)
}
