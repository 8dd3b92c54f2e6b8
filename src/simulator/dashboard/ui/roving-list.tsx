import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

interface RovingListProps<Item> {
  label: string
  items: readonly Item[]
  keyOf: (item: Item) => string
  /** Returns what is shown above an item, such as the time since the item before it. */
  separator?: (item: Item, previous: Item | undefined) => ComponentChildren
  summary: (item: Item) => ComponentChildren
  detail: (item: Item) => ComponentChildren
}

const steps: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(index + 1, last),
  ArrowUp: index => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_index, last) => last,
}

/** A list of rows, each of which opens on a click. The Tab key stops at one row; the arrow keys go from row to row. */
export function RovingList<Item>({ label, items, keyOf, separator, summary, detail }: RovingListProps<Item>) {
  const [openKeys, setOpenKeys] = useState<ReadonlySet<string>>(new Set())
  const [currentKey, setCurrentKey] = useState('')
  const list = useRef<HTMLOListElement>(null)
  const current = items.some(item => keyOf(item) === currentKey) ? currentKey : keyOrEmpty(items[0], keyOf)

  function move(event: KeyboardEvent, index: number) {
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    list.current?.querySelectorAll<HTMLButtonElement>('.row')[step(index, items.length - 1)]?.focus()
  }

  function toggle(key: string) {
    const keys = new Set(openKeys)
    if (!keys.delete(key)) keys.add(key)
    setOpenKeys(keys)
  }

  return (
    <ol class="rows" aria-label={label} ref={list}>
      {items.map((item, index) => {
        const key = keyOf(item)
        const isOpen = openKeys.has(key)
        return (
          <li key={key} class="row-item">
            {separator?.(item, items[index - 1])}
            <button
              type="button"
              class="row"
              aria-expanded={isOpen}
              tabIndex={key === current ? 0 : -1}
              onFocus={() => setCurrentKey(key)}
              onKeyDown={event => move(event, index)}
              onClick={() => toggle(key)}
            >
              {summary(item)}
            </button>
            {isOpen && <div class="row-detail">{detail(item)}</div>}
          </li>
        )
      })}
    </ol>
  )
}

function keyOrEmpty<Item>(item: Item | undefined, keyOf: (item: Item) => string): string {
  return item === undefined ? '' : keyOf(item)
}
