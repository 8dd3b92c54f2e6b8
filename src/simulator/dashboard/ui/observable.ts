import { useEffect, useLayoutEffect, useReducer } from 'preact/hooks'

/** The base of objects whose changes redraw components. */
export class Observable {
  readonly #listeners = new Set<() => void>()

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Draws the component again whenever one of these changes. */
export function useChanges(...sources: readonly Observable[]): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  // Subscribes in the same step as the drawing, since a change between them would be missed. The sources stay the same.
  useLayoutEffect(() => {
    const ends = sources.map(source => source.subscribe(() => redraw(undefined)))
    return () => {
      for (const end of ends) end()
    }
  }, [])
}

/** Draws the component again each second. */
export function useSeconds(): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const timer = setInterval(() => redraw(undefined), 1_000)
    return () => clearInterval(timer)
  }, [])
}
