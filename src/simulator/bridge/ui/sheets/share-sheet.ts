import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

type Content = Record<string, unknown>

/**
 * Runs a menu entry that shares the page. It shows the content that the page has set. Without any, it fires the event
 * for pages that use the older functions and give the content now. If none listens, a toast says so.
 */
export function shareTo(host: SheetHost, event: string, content: Content | undefined): void {
  if (content) void confirmShare(host, content)
  else if (host.events.isHeard(event)) host.events.emit(event)
  else host.toast(host.texts.shareMissing)
}

/** Shows the card that a friend would get. Resolves to true if the developer sends it, else to false. */
export async function confirmShare(host: SheetHost, content: Content): Promise<boolean> {
  const { texts } = host
  const sheet = openSheet<true>(host, { title: texts.share, testId: 'share' })
  sheet.body.append(
    sheetTitle(texts.share),
    card(content),
    actions(
      element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() }),
      element('button', {
        class: 'primary',
        testId: 'share-send',
        text: texts.shareTo,
        onclick: () => sheet.close(true),
      }),
    ),
  )
  return (await sheet.closed) === true
}

function card({ title, desc, link, imgUrl, img_url }: Content): HTMLElement {
  const picture = element('img', { class: 'thumb' })
  picture.alt = ''
  // The page's CSP may forbid a foreign picture; the card then has none.
  picture.addEventListener('error', () => picture.remove())
  picture.src = String(imgUrl ?? img_url ?? '')
  return element(
    'div',
    { class: 'card', testId: 'share-card' },
    element(
      'div',
      {},
      element('strong', { text: String(title ?? document.title) }),
      element('p', { text: String(desc ?? '') }),
      element('small', { text: String(link ?? location.href) }),
    ),
    picture,
  )
}
