type Properties = {
  class?: string
  text?: string
  /** A click, and with it Enter and Space. */
  onclick?: () => void
  attributes?: Record<string, string>
}

/** Builds elements without markup: no text of a call or a person can become a part of the page. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, text, onclick, attributes = {} }: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  if (tag === 'button') node.setAttribute('type', 'button')
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  if (onclick) node.addEventListener('click', onclick)
  node.append(...children)
  return node
}

/** A line drawing on a 24 by 24 field. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

export const icons = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  reload: 'M19 12a7 7 0 1 1-2-4.900M19 4v4h-4',
  rotate: 'M4 9h10v11H4zM17 4a5 5 0 0 1 3 5M20 9l2-2M20 9l-2-2',
  moon: 'M19 14.500A8 8 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500z',
  outside: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  phone: 'M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zM11 18.500h2',
  dashboard: 'M4 6h16M4 12h16M4 18h16M8 4v4M16 10v4M10 16v4',
} as const

/**
 * Brings the children of `list` in line with `items`. What has not changed stays as it is, with its focus, its open
 * details and the sound that it plays.
 */
export function reconcile<Item>(
  list: HTMLElement,
  items: readonly Item[],
  render: (item: Item) => HTMLElement,
): void {
  const kept = new Map<string, HTMLElement[]>()
  for (const child of list.children) {
    if (!(child instanceof HTMLElement)) continue
    const key = child.dataset.item ?? ''
    kept.set(key, [...(kept.get(key) ?? []), child])
  }
  const wanted = items.map(item => {
    const key = JSON.stringify(item)
    const child = kept.get(key)?.shift() ?? render(item)
    child.dataset.item = key
    return child
  })
  for (const rest of kept.values()) for (const child of rest) child.remove()
  for (const [index, child] of wanted.entries()) {
    // Moving a node would take its focus away.
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null)
  }
}

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
