import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

type Content = Record<string, unknown>

/**
 * What a menu entry does: pages of the older kind listen to the event and are asked for the content; newer ones have
 * set it beforehand, and never hear of it.
 */
export function shareTo(host: SheetHost, event: string, content: Content | undefined): void {
  if (content) void confirmShare(host, content)
  else if (host.events.isHeard(event)) host.events.emit(event)
  else host.toast(host.texts.shareMissing)
}

/** The card as the friend would get it; true once it is sent. */
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
