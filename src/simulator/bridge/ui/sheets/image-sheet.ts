import { element, icon, icons } from '../dom.js'
import { samplePhoto, samplePhotoCount } from '../sample-photo.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'
import { takePhoto } from './camera.js'

export interface ImageChoice {
  count: number
  album: boolean
  camera: boolean
}

export interface ChosenImages {
  source: 'album' | 'camera'
  images: Blob[]
}

/** Asks for images: files, a photo of the camera, or painted samples. Undefined if the developer cancels. */
export async function chooseImages(
  host: SheetHost,
  { count, album, camera }: ImageChoice,
): Promise<ChosenImages | undefined> {
  const { texts } = host
  const sheet = openSheet<ChosenImages>(host, { title: texts.chooseImages(count), testId: 'images' })
  const grid = element('div', { class: 'photos' })
  const done = element('button', { class: 'primary', testId: 'done', text: texts.done })
  const selected: HTMLButtonElement[] = []
  const photos = new Map<HTMLButtonElement, Promise<Blob>>()

  const take = (source: ChosenImages['source'], images: Blob[]) => {
    if (images.length === 0) return
    sheet.close({ source, images: images.slice(0, count) })
    if (images.length > count) host.toast(texts.tooManyImages(count))
  }
  const drawSelection = () => {
    for (const tile of photos.keys()) {
      const place = selected.indexOf(tile)
      tile.ariaPressed = String(place >= 0)
      tile.dataset.place = place >= 0 ? String(place + 1) : ''
    }
    done.disabled = selected.length === 0
    done.textContent = selected.length > 0 ? `${texts.done} (${selected.length})` : texts.done
  }
  const toggle = (tile: HTMLButtonElement) => {
    const place = selected.indexOf(tile)
    if (place >= 0) selected.splice(place, 1)
    else if (count === 1) selected.splice(0, 1, tile)
    else if (selected.length === count) host.toast(texts.tooManyImages(count))
    else selected.push(tile)
    drawSelection()
  }

  if (camera) {
    const tile = element('button', { class: 'source', testId: 'camera' }, icon(icons.camera), texts.takePhoto)
    tile.addEventListener('click', async () => {
      const photo = await takePhoto(host)
      if (photo) take('camera', [photo])
    })
    grid.append(tile)
  }
  if (album) {
    grid.append(fileTile(host, count, files => take('album', files)))
    for (let index = 0; index < samplePhotoCount; index++) {
      const tile = element('button', {
        class: 'photo',
        label: texts.samplePhoto(index + 1),
        testId: `sample-${index + 1}`,
      })
      const { canvas, file } = samplePhoto(index)
      tile.append(canvas)
      tile.addEventListener('click', () => toggle(tile))
      grid.append(tile)
      photos.set(tile, file)
    }
  }

  done.addEventListener('click', async () => {
    take('album', await Promise.all(selected.flatMap(tile => photos.get(tile) ?? [])))
  })
  drawSelection()
  sheet.body.append(
    sheetTitle(texts.chooseImages(count)),
    grid,
    actions(element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() }), done),
  )
  return sheet.closed
}

/** Browsers open a file chooser only for a click on the input, so an invisible file input covers the tile. */
function fileTile(host: SheetHost, count: number, take: (files: File[]) => void): HTMLElement {
  const input = element('input', { type: 'file', testId: 'file', label: host.texts.fromComputer })
  input.accept = 'image/*'
  input.multiple = count > 1
  input.addEventListener('change', () => take([...(input.files ?? [])]))
  return element('label', { class: 'source' }, icon(icons.folder), host.texts.fromComputer, input)
}
