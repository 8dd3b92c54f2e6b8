import { createMemoryTokenStore } from '../../src/tokens/stores/memory-token-store.ts'
import type { TokenStore } from '../../src/tokens/stores/token-store.ts'
import type { Clock } from '../../src/util/clock.ts'

type Method = Exclude<keyof TokenStore, 'isShared'>

/** A store in memory that several managers share. While `isAway` is true, each call fails as if Redis were down. */
export class BreakableStore implements TokenStore {
  readonly isShared = true
  isAway = false
  /** The owner in the last call of `acquire`. */
  lastOwner = ''
  /** How many refreshes have begun and not ended. */
  openLeases = 0
  #inner: TokenStore
  readonly #clock: Clock
  #held: Promise<void> | undefined
  readonly #failing: Method[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#inner = createMemoryTokenStore({ clock })
  }

  failOnce(method: Method): void {
    this.#failing.push(method)
  }

  /** Removes everything, like a restart of a Redis that keeps nothing on disk. */
  empty(): void {
    this.#inner = createMemoryTokenStore({ clock: this.#clock })
  }

  /** Delays the answers of `acquire` until the returned function is called. */
  holdAnswers(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    return () => {
      this.#held = undefined
      resolve()
    }
  }

  acquire: TokenStore['acquire'] = async (slot, request) => {
    this.lastOwner = request.owner
    const answer = await this.#run('acquire', () => this.#inner.acquire(slot, request))
    if (answer.outcome === 'lead') this.openLeases += 1
    await this.#held
    return answer
  }
  publish: TokenStore['publish'] = (...args) => this.#end('publish', () => this.#inner.publish(...args))
  fail: TokenStore['fail'] = (...args) => this.#end('fail', () => this.#inner.fail(...args))
  release: TokenStore['release'] = (...args) => this.#end('release', () => this.#inner.release(...args))
  invalidate: TokenStore['invalidate'] = (...args) =>
    this.#run('invalidate', () => this.#inner.invalidate(...args))
  claim: TokenStore['claim'] = (...args) => this.#run('claim', () => this.#inner.claim(...args))
  put: TokenStore['put'] = (...args) => this.#run('put', () => this.#inner.put(...args))
  get: TokenStore['get'] = (...args) => this.#run('get', () => this.#inner.get(...args))

  #end<Result>(method: Method, ask: () => Promise<Result>): Promise<Result> {
    this.openLeases -= 1
    return this.#run(method, ask)
  }

  async #run<Result>(method: Method, ask: () => Promise<Result>): Promise<Result> {
    const index = this.#failing.indexOf(method)
    if (index >= 0) this.#failing.splice(index, 1)
    if (index >= 0 || this.isAway) {
      throw new Error('connect ECONNREFUSED redis://:password@127.0.0.1:6379')
    }
    return ask()
  }
}
