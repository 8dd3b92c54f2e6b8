import type { DashboardMedia } from '../../protocol/dashboard.js'
import { element, reconcile } from '../dom.js'
import { fileSize } from '../format.js'
import type { LiveData } from '../live-data.js'
import { emptyNote, panelOf } from '../panel.js'
import { addressOf } from '../simulator-api.js'
import { texts } from '../texts.js'

/** What pages have uploaded, to be seen and heard. */
export function mediaPanel(live: LiveData): HTMLElement {
  const { panel, body } = panelOf('media', texts.media, texts.mediaNote)
  const list = element('ul', { class: 'media' })
  const empty = emptyNote(texts.noMedia)
  body.append(list, empty)
  live.add(({ media }) => {
    reconcile(list, media, mediaTile)
    empty.hidden = media.length > 0
  })
  return panel
}

function mediaTile(media: DashboardMedia): HTMLElement {
  const { mediaId, contentType, bytes, hasHighQuality } = media
  const kind = contentType.split('/')[1] ?? contentType
  return element(
    'li',
    { class: `medium ${media.type}` },
    preview(media),
    element(
      'p',
      {},
      element('span', { text: `${kind.toUpperCase()} · ${fileSize(bytes)}` }),
      ...(hasHighQuality ? [element('span', { class: 'chip', text: texts.highQuality })] : []),
    ),
    element('code', { text: `${mediaId.slice(0, 14)}…`, attributes: { title: mediaId } }),
  )
}

function preview({ mediaId, type }: DashboardMedia): HTMLElement {
  const address = addressOf(`/simulator/page/media/${mediaId}`)
  if (type === 'voice') {
    return element('audio', { attributes: { controls: '', preload: 'none', src: `${address}?format=wav` } })
  }
  if (type === 'video') {
    return element('video', { attributes: { controls: '', preload: 'none', src: address } })
  }
  return element(
    'a',
    { attributes: { href: address, target: '_blank', rel: 'noreferrer', 'aria-label': mediaId } },
    element('img', { attributes: { src: address, alt: '' } }),
  )
}
