import { h, icon, toast } from '../dom.js'
import { explain, t } from '../texts.js'
import { wechat } from '../wechat.js'
import { removeButton } from './small.js'

const deliveryKey = 'time-capsule:delivery'

/**
 * What the media handler brought back last.
 *
 * @returns {{ kilobytes: number, type: string } | null}
 */
export function lastDelivery() {
  return JSON.parse(sessionStorage.getItem(deliveryKey) ?? 'null')
}

/** A place for one photograph. It is uploaded as soon as it is chosen, so that sealing is quick. */
export function photoField() {
  const field = h('div', { className: 'field photo-field' })
  let serverId
  let turn = 0

  function showEmpty() {
    serverId = undefined
    const add = h('button', { className: 'slot', onclick: choose }, icon('camera'), t.addPhoto)
    field.replaceChildren(add)
  }

  async function choose() {
    const mine = ++turn
    try {
      const { localId, localData } = await wechat.choosePhoto()
      showPhoto(localData, t.uploading)
      const uploaded = await wechat.uploadPhoto(localId)
      const url = await fetchBack(uploaded)
      if (mine !== turn) return
      serverId = uploaded
      showPhoto(url)
      toast(t.photoThere)
    } catch (error) {
      if (error.reason === 'cancelled') return
      showEmpty()
      toast(explain(error))
    }
  }

  function showPhoto(source, note) {
    field.replaceChildren(
      h(
        'figure',
        { className: 'polaroid' },
        h('img', { src: source, alt: t.photo }),
        note && h('figcaption', {}, note),
      ),
      removeButton(() => {
        turn++
        showEmpty()
      }),
    )
  }

  showEmpty()
  const isBusy = () => serverId === undefined && field.querySelector('.polaroid') !== null
  return { element: field, serverId: () => serverId, isBusy }
}

/** The photograph as the back end gets it from WeChat: what one sees here is what will be sealed. */
async function fetchBack(mediaId) {
  const response = await fetch(
    `/wechat/offiaccount/media?format=binary&media_id=${encodeURIComponent(mediaId)}`,
  )
  if (!response.ok) throw await response.json()
  const photo = await response.blob()
  const delivery = { kilobytes: Math.ceil(photo.size / 1024), type: photo.type }
  sessionStorage.setItem(deliveryKey, JSON.stringify(delivery))
  return URL.createObjectURL(photo)
}
