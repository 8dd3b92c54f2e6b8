import { h, icon, toast } from '../dom.js'
import { drafts } from '../drafts.js'
import { explain, t } from '../texts.js'
import { prepareWechat, wechat } from '../wechat.js'
import { connectingSlot, removeButton } from './small.js'

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
  let isBusy = false
  let turn = 0

  function clear() {
    turn++
    isBusy = false
    keep(undefined)
    field.replaceChildren(slot())
  }

  /** @param {string | undefined} id */
  function keep(id) {
    serverId = id
    drafts.keep({ photo: id === undefined ? undefined : { serverId: id } })
  }

  function slot(properties = {}) {
    return h('button', { className: 'slot', onclick: choose, ...properties }, icon('camera'), t.addPhoto)
  }

  async function choose() {
    const mine = ++turn
    try {
      field.replaceChildren(connectingSlot('camera'))
      await prepareWechat()
      if (mine !== turn) return
      // The picker lies over the page; a second tap must not ask for another one.
      field.replaceChildren(slot({ disabled: true }))
      const { localId, localData } = await wechat.choosePhoto()
      isBusy = true
      showPhoto(localData, t.uploading)
      const uploaded = await wechat.uploadPhoto(localId)
      await show(uploaded, mine)
      if (mine === turn) toast(t.photoThere)
    } catch (error) {
      if (mine !== turn) return
      clear()
      if (error.reason !== 'cancelled') toast(explain(error))
    }
  }

  /** Shows the photograph as the back end gets it from WeChat: this is what will be sealed. */
  async function show(id, mine) {
    const url = await fetchBack(id)
    if (mine !== turn) return
    isBusy = false
    keep(id)
    showPhoto(url)
  }

  function showPhoto(source, note) {
    field.replaceChildren(
      h(
        'figure',
        { className: 'polaroid' },
        source && h('img', { src: source, alt: t.photo }),
        note && h('figcaption', {}, note),
      ),
      removeButton(clear),
    )
  }

  async function restore(id) {
    const mine = ++turn
    isBusy = true
    showPhoto(undefined, t.restoring)
    try {
      await show(id, mine)
    } catch {
      if (mine !== turn) return
      clear()
      toast(t.photoGone)
    }
  }

  const { photo } = drafts.current()
  if (photo) void restore(photo.serverId)
  else field.replaceChildren(slot())
  return { element: field, serverId: () => serverId, isBusy: () => isBusy, clear }
}

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
