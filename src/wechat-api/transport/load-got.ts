type GotModule = typeof import('got')

let loading: Promise<GotModule> | undefined

/**
 * The HTTP client, which is loaded once, when the first token manager is made. Loading it takes about as much processor
 * time as loading Express, and processes that import this package without a token manager never need it.
 */
export function loadGot(): Promise<GotModule> {
  loading ??= import('got')
  return loading
}
