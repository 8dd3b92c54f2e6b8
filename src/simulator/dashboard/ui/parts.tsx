import type { ComponentChildren } from 'preact'
import { texts } from '../texts/texts.js'
import { showNote } from './note.js'

interface SectionProps {
  title: string
  note?: string
  tools?: ComponentChildren
  children: ComponentChildren
}

/** A section with a heading, a note below it, and tools that act on all of its content. */
export function Section({ title, note, tools, children }: SectionProps) {
  return (
    <section class="section" aria-label={title}>
      <header class="section-head">
        <div>
          <h3>{title}</h3>
          {note && <p>{note}</p>}
        </div>
        {tools}
      </header>
      {children}
    </section>
  )
}

interface ButtonProps {
  text: string
  onClick: () => void
  isPrimary?: boolean
  disabled?: boolean
}

export function Button({ text, onClick, isPrimary = false, disabled = false }: ButtonProps) {
  return (
    <button
      type="button"
      class={`weui-btn weui-btn_mini weui-btn_${isPrimary ? 'primary' : 'default'}`}
      disabled={disabled}
      onClick={onClick}
    >
      {text}
    </button>
  )
}

export function CopyButton({ text, label = texts.copy }: { text: string; label?: string }) {
  return <Button text={label} onClick={() => void copyText(text)} />
}

export function EmptyNote({ text }: { text: string }) {
  return <p class="empty">{text}</p>
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    showNote(texts.copied)
  } catch {
    showNote(texts.notCopied)
  }
}
