import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/** Shows the page's arguments for a view that WeChat would open, and asks the developer how the view ends. */
export async function askForEnd(
  host: SheetHost,
  name: string,
  args: Record<string, unknown>,
  note = host.texts.viewNote(name),
): Promise<'ok' | 'cancel' | 'fail'> {
  const { texts } = host
  const sheet = openSheet<'ok' | 'fail'>(host, { title: name, testId: 'view' })
  sheet.body.append(
    sheetTitle(name, note),
    ...rows(args),
    element('button', {
      class: 'primary wide',
      testId: 'view-ok',
      text: texts.succeed,
      onclick: () => sheet.close('ok'),
    }),
    actions(
      element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() }),
      element('button', {
        class: 'danger',
        testId: 'view-fail',
        text: texts.fail,
        onclick: () => sheet.close('fail'),
      }),
    ),
  )
  return (await sheet.closed) ?? 'cancel'
}

/** Shows the page's own arguments, without the app id and the signature that the official script adds to each call. */
function rows(args: Record<string, unknown>): HTMLElement[] {
  return Object.entries(args)
    .filter(([name, value]) => !/^(appId|verify)/.test(name) && value !== undefined && value !== '')
    .map(([name, value]) =>
      element(
        'dl',
        {},
        element('dt', { text: name }),
        element('dd', { text: typeof value === 'string' ? value : JSON.stringify(value) }),
      ),
    )
}
