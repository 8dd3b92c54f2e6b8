/**
 * A map that forgets its oldest entry when it is full. Dead tokens and used codes are kept because the platform
 * answers differently for "used up" and "never heard of"; a soak test must not turn that into a leak.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #limit: number

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override set(key: Key, value: Value): this {
    super.set(key, value)
    if (this.size > this.#limit) {
      const [oldest] = this.keys()
      if (oldest !== undefined) this.delete(oldest)
    }
    return this
  }
}
