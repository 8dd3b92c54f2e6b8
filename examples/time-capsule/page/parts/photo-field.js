import { h, icon, toast } from '../dom.js'
import { drafts } from '../drafts.js'
import { explain, t } from '../texts.js'
import { prepareWechat, wechat } from '../wechat.js'
import { connectingSlot, removeButton } from './small.js'

const deliveryKey = 'time-capsule:delivery'

/**
 * Returns the size and the type of the photo that the media handler delivered last; null if there was none in this tab.
 *
 * @returns {{ kilobytes: number, type: string } | null}
 */
export function lastDelivery() {
  return JSON.parse(sessionStorage.getItem(deliveryKey) ?? 'null')
}

/** Builds the field for one photo. The photo is uploaded as soon as it is chosen, so that sealing is quick. */
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

  /**
   * Keeps the id of the uploaded photo, also in the draft. Undefined removes it.
   *
   * @param {string | undefined} id
   */
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
      // The slot is disabled while WeChat's picker is open, so that a second tap opens no second picker.
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

  /** Shows the photo as the back end downloads it from WeChat, since that copy will be sealed. */
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
