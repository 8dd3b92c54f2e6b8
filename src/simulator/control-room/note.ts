import { element } from './dom.js'

const shownMs = 4_000
const note = element('div', { class: 'note-bar', attributes: { role: 'status' } })
let timer: ReturnType<typeof setTimeout> | undefined

/** A line at the foot of the page, read aloud too. */
export function showNote(text: string): void {
  if (!note.isConnected) document.body.append(note)
  note.textContent = text
  note.classList.add('shown')
  clearTimeout(timer)
  timer = setTimeout(() => note.classList.remove('shown'), shownMs)
}
