import type { ExtendOptions, Got } from 'got'

/** One answer as it came: no redirect, no repetition, no decoding. A prepared instance parses these options once. */
const FIXED_OPTIONS = {
  retry: { limit: 0 },
  responseType: 'buffer',
  decompress: false,
  followRedirect: false,
  throwHttpErrors: false,
} as const satisfies ExtendOptions

let loading: Promise<Got> | undefined

/**
 * The HTTP client, which is loaded once, when the first token manager is made. Loading it takes about as much processor
 * time as loading Express, and processes that import this package without a token manager never need it.
 */
export function loadGot(): Promise<Got> {
  loading ??= import('got').then(({ default: got }) => got.extend(FIXED_OPTIONS))
  return loading
}
