import type { BridgeHook, BridgeReply } from '../protocol/bridge.js'
import { isGranted, nativeName, opensView, pageName } from './api-names.js'
import type { Phone } from './phone.js'

export type Arguments = Record<string, unknown>

/** One native function: it gets the page's arguments, and returns the reply for the official script. */
export type Api = (args: Arguments) => BridgeReply | Promise<BridgeReply>

type ReplyCallback = (reply: BridgeReply) => void

/** The methods of `window.WeixinJSBridge` that the official script and pages call. */
export interface WeixinBridge {
  invoke(name: string, args?: Arguments, callback?: ReplyCallback): void
  on(event: string, callback: ReplyCallback): void
  call(name: string, args?: Arguments): void
  log(message: string): void
}

type Call = { -readonly [Key in keyof BridgeHook['calls'][number]]: BridgeHook['calls'][number][Key] }

export class Bridge implements WeixinBridge {
  readonly calls: Call[] = []
  readonly #phone: Phone
  readonly #apis: Record<string, Api>
  readonly #presets = new Map<string, BridgeReply>()
  readonly #listeners = new Map<string, ReplyCallback[]>()
  readonly #explained = new Set<string>()
  #isViewOpen = false

  constructor(phone: Phone, apis: Record<string, Api>) {
    this.#phone = phone
    this.#apis = apis
    for (const [api, reply] of Object.entries(phone.settings.presets)) this.preset(api, reply)

    // Pages call these methods without the object (`const { invoke } = WeixinJSBridge`), which the real bridge allows.
    this.invoke = this.invoke.bind(this)
    this.on = this.on.bind(this)
    this.call = this.call.bind(this)
  }

  invoke(name: string, args: Arguments = {}, callback?: ReplyCallback): void {
    const call: Call = { name, args: copy(args), at: Date.now() }
    this.calls.push(call)

    // A closed page gets no reply. As in WeChat, a reply never comes synchronously.
    queueMicrotask(async () => {
      if (this.#phone.state.closed) return
      const reply = copy(await this.#answer(name, copy(args)))
      call.reply = copy(reply)
      call.durationMs = Date.now() - call.at
      callback?.(reply)
    })
  }

  on(event: string, callback: ReplyCallback): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback])
  }

  call(name: string, args: Arguments = {}): void {
    this.invoke(name, args)
  }

  log(message: string): void {
    console.info(`WeixinJSBridge: ${message}`)
  }

  emit(event: string, payload: Arguments = {}): void {
    // The official script reads fields of the payload, so it is an object. Each listener gets a copy.
    for (const listener of this.#listeners.get(event) ?? []) listener(copy(payload))
  }

  isHeard(event: string): boolean {
    return this.#listeners.has(event)
  }

  preset(api: string, reply: BridgeReply | undefined): void {
    if (reply) this.#presets.set(nativeName(api), reply)
    else this.#presets.delete(nativeName(api))
  }

  knows(name: string): boolean {
    return Object.hasOwn(this.#apis, name) || this.#presets.has(name)
  }

  async #answer(name: string, args: Arguments): Promise<BridgeReply> {
    const refusal = this.#refusal(name)
    if (refusal) return { err_msg: refusal }

    const preset = this.#presets.get(name)
    if (preset) return preset
    if (!opensView(name)) return this.#play(name, args)

    // A phone shows one view at a time; a second one on top of it would hide the first one's answer.
    if (this.#isViewOpen) {
      console.warn(`[wxsim] ${pageName(name)}: another function's view is still open`)
      return { err_msg: 'system:too_frequent' }
    }
    this.#isViewOpen = true
    try {
      return await this.#play(name, args)
    } finally {
      this.#isViewOpen = false
    }
  }

  async #play(name: string, args: Arguments): Promise<BridgeReply> {
    try {
      return (await this.#apis[name]?.(args)) ?? { err_msg: `${name}:ok` }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      console.warn(`[wxsim] ${name}: ${reason}`)
      return { err_msg: `${name}:fail_${reason}` }
    }
  }

  #refusal(name: string): string | undefined {
    const { granted, verdict } = this.#phone.state
    if (!this.knows(name)) {
      this.#explainUnknown(pageName(name))
      return 'system:function_not_exist'
    }
    if (isGranted(name, granted)) return undefined
    return verdict ? 'system:access_denied' : `${name}:fail_the permission value is offline verifying`
  }

  #explainUnknown(name: string): void {
    if (this.#explained.has(name)) return
    this.#explained.add(name)
    console.warn(`[wxsim] ${name} is not simulated; __wxsim.preset('${name}', …) answers it`)
  }
}

/** Copies through JSON, as text passes between a page and WeChat, so that page and bridge share no object. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}
