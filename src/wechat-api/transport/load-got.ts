type GotModule = typeof import('got')

let loading: Promise<GotModule> | undefined

/**
 * The HTTP client, which is loaded when the first call needs it. Loading it takes as much processor time as loading
 * Express, and many processes, such as tests and command lines, never call WeChat.
 */
export function loadGot(): Promise<GotModule> {
  loading ??= import('got')
  return loading
}
