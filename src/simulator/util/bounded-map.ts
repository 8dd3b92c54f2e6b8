/**
 * A map that drops its oldest entry when it is full. The simulator keeps expired tokens and used codes, because the
 * platform answers differently for "used" and "unknown"; the limit keeps a long test from filling the memory.
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
