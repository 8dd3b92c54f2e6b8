/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** Values of an app that its session holds beside the login. */
export type LoginValues = Record<string, JsonValue>

const MAX_BYTES = 8_192

/** Refused names: a value under one would replace a part of the session itself. `prototype` is only a precaution. */
const RESERVED_NAMES = [
  'cookie',
  'id',
  'req',
  'regenerate',
  'destroy',
  'reload',
  'save',
  'touch',
  'resetMaxAge',
  'prototype',
]

/**
 * Parses what the hook of a login returned into the values that the new session holds. They become what JSON makes of
 * them, so that the session of a second callback on another process is the same.
 *
 * @param sessionKey the name of the login itself in the session
 * @throws {TypeError} that says what is wrong with the values
 */
export function parseLoginValues(result: unknown, sessionKey: string): LoginValues {
  const session: unknown =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'session') : undefined
  if (session === undefined) return {}
  const text = JSON.stringify(session)
  const values: unknown = text === undefined ? undefined : JSON.parse(text)
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new TypeError('"session" must be an object')
  }
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES)
    throw new TypeError(`"session" is ${bytes} bytes of JSON, and the limit is ${MAX_BYTES}`)
  const taken = Object.keys(values).find(name => name === sessionKey || isReserved(name))
  if (taken !== undefined)
    throw new TypeError(`"session" must not hold "${taken}", which the session itself uses`)
  return values as LoginValues
}

/** Whether express-session uses a name itself, or drops it at the next request, as it does with `toString`. */
function isReserved(name: string): boolean {
  return RESERVED_NAMES.includes(name) || name in Object.prototype
}
