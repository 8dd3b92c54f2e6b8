import { WechatPageError } from './wechat-page-error.js'

type Callback = (result: WechatResult) => void

export interface WechatResult {
  errMsg?: string
  err_msg?: string
  [field: string]: unknown
}

/** What the official script puts into `window.wx`. */
export interface OfficialScript {
  config(options: Record<string, unknown>): void
  ready(callback: () => void): void
  error(callback: Callback): void
  /** The script defines `invoke` and `on` when `config` is called. */
  invoke?: (name: string, args: Record<string, unknown>, callback: Callback) => void
  [name: string]: unknown
}

/** Returns the official script: the given one, the page's, or that of the first of `sources` that has it. */
export async function loadOfficialScript(
  given: object | undefined,
  sources: readonly string[],
): Promise<OfficialScript> {
  const present = given ?? window.wx ?? window.jWeixin
  if (isOfficialScript(present)) return take(present)

  const failures: string[] = []
  for (const source of sources) {
    try {
      await addScript(source)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
      continue
    }
    const loaded = findScript()
    if (loaded) return loaded
    failures.push(`${source} was loaded but left no window.wx`)
  }
  throw new WechatPageError(
    'script',
    `The official script is missing: ${failures.join('; ')}`,
    'Check that the address exists and that the page’s Content-Security-Policy allows it; beside an AMD loader put <script src> before the loader.',
  )
}

/** The official script that the page has, or undefined if it was not loaded yet. */
export function findScript(): OfficialScript | undefined {
  const present = typeof window === 'undefined' ? undefined : (window.wx ?? window.jWeixin)
  return isOfficialScript(present) ? take(present) : undefined
}

let waiting: ((script: OfficialScript) => void)[] = []

/** Runs `use` with the official script: at once if the page has it, else as soon as {@link loadOfficialScript} gets it. */
export function whenScript(use: (script: OfficialScript) => void): void {
  const script = findScript()
  if (script) use(script)
  else waiting.push(use)
}

function take(script: OfficialScript): OfficialScript {
  const mended = repaired(script)
  const uses = waiting
  waiting = []
  for (const use of uses) guarded(() => use(mended))
  return mended
}

function isOfficialScript(value: unknown): value is OfficialScript {
  return typeof value === 'object' && value !== null && 'config' in value && 'ready' in value
}

function addScript(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`${source} could not be loaded`))
    script.src = trusted(source)
    document.head.append(script)
  })
}

interface TrustedTypesWindow extends Window {
  trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): string }
  }
}

const configured = new Set<string>()
let policy: { createScriptURL(url: string): string } | undefined

/** Makes an address acceptable to a page that enforces Trusted Types, by a policy that passes configured addresses. */
function trusted(source: string): string {
  configured.add(source)
  policy ??= (window as TrustedTypesWindow).trustedTypes?.createPolicy('express-wechat', {
    createScriptURL(url) {
      if (configured.has(url)) return url
      throw new TypeError(`not a configured script: ${url}`)
    },
  })
  return policy?.createScriptURL(source) ?? source
}

const failureListeners = new WeakMap<OfficialScript, Set<Callback>>()

/** Calls `listener` at every refused `wx.config` until the returned function is called. */
export function onConfigFailure(script: OfficialScript, listener: Callback): () => void {
  const listeners = failureListeners.get(script)
  listeners?.add(listener)
  return () => listeners?.delete(listener)
}

/**
 * Mends three faults of the official script: a second `wx.error` replaces the first, a `wx.ready` callback that throws
 * keeps the later ones from being called, and the npm build calls a global `wx` that it never sets.
 */
function repaired(script: OfficialScript): OfficialScript {
  window.wx ??= script
  window.jWeixin ??= script
  if (failureListeners.has(script)) return script

  const listeners = new Set<Callback>()
  failureListeners.set(script, listeners)
  const pageListeners: Callback[] = []
  let unheard: WechatResult | undefined
  script.error(failure => {
    unheard = pageListeners.length === 0 ? failure : undefined
    for (const listener of [...listeners, ...pageListeners]) guarded(() => listener(failure))
  })
  script.error = listener => {
    pageListeners.push(listener)
    if (unheard) guarded(() => listener(unheard ?? {}))
    unheard = undefined
  }

  const ready = script.ready.bind(script)
  script.ready = callback => ready(() => guarded(callback))
  return script
}

/** Reports an error of one listener as an uncaught error of the page, without stopping the other listeners. */
function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    setTimeout(() => {
      throw error
    })
  }
}
