import { useEffect, useLayoutEffect, useReducer } from 'preact/hooks'

/** The base class of objects whose changes redraw components. `notify()` calls all subscribed listeners. */
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

/** Draws the component again whenever one of the sources changes. */
export function useChanges(...sources: readonly Observable[]): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  // A layout effect, because a change between the drawing and a later effect would be missed. The sources never change.
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
