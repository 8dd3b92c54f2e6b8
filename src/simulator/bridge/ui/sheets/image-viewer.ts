import { element, icon, icons } from '../dom.js'
import { openSheet } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/** Shows pictures full screen for `wx.previewImage`. Arrows and arrow keys change the picture; a click on it closes. */
export function previewImages(host: SheetHost, urls: string[], start: number): void {
  if (urls.length === 0) return
  const { texts } = host
  const sheet = openSheet(host, {
    title: texts.photo(start + 1, urls.length),
    testId: 'viewer',
    look: 'full',
  })
  const image = element('img', { testId: 'viewer-image' })
  const count = element('output', { class: 'count' })
  let current = start

  const show = (index: number) => {
    current = (index + urls.length) % urls.length
    image.src = urls[current] ?? ''
    image.alt = texts.photo(current + 1, urls.length)
    count.textContent = `${current + 1} / ${urls.length}`
  }
  const turn = (label: string, step: number, testId: string) =>
    element('button', {
      class: testId,
      testId,
      label,
      text: step < 0 ? '‹' : '›',
      onclick: () => show(current + step),
    })

  image.addEventListener('click', () => sheet.close())
  sheet.body.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') show(current - 1)
    if (key === 'ArrowRight') show(current + 1)
  })
  sheet.body.classList.add('dark', 'viewer')
  const close = element('button', {
    class: 'close',
    testId: 'cancel',
    label: texts.close,
    onclick: () => sheet.close(),
  })
  close.append(icon(icons.cross))
  sheet.body.append(close, image, count)
  if (urls.length > 1) sheet.body.append(turn(texts.previous, -1, 'previous'), turn(texts.next, 1, 'next'))
  close.focus()
  show(start)
}
