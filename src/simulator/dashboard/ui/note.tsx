import { Observable, useChanges } from './observable.js'

const shownMs = 4_000

class Note extends Observable {
  text = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  show(text: string): void {
    this.text = text
    this.notify()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.text = ''
      this.notify()
    }, shownMs)
  }
}

const note = new Note()

/** Shows a line of text at the foot of the page for four seconds. Screen readers read it out. */
export function showNote(text: string): void {
  note.show(text)
}

export function NoteBar() {
  useChanges(note)
  return (
    <div class={`note-bar ${note.text ? 'shown' : ''}`} role="status">
      {note.text}
    </div>
  )
}
