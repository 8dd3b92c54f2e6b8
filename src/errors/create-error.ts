import { ERROR_CATALOGUE, type ErrorCode, type ErrorCodeOf } from './catalogue.js'
import { WechatConfigError, WechatRequestError, WechatUnavailableError } from './errors.js'

interface ErrorOverrides {
  /** Replaces the catalogue's Chinese text, if the person can be told more exactly what to do. */
  userMessage?: string
  /** Seconds after which trying again can help; sent as `Retry-After`. */
  retryAfterSeconds?: number
}

/** An error of the catalogue that the client's request causes. `detail` replaces the catalogue's English sentence. */
export function requestError(
  code: ErrorCodeOf<'request'>,
  detail?: string,
  overrides: ErrorOverrides = {},
): WechatRequestError {
  return new WechatRequestError(message(code, detail), { code, ...overrides })
}

/** An error of the catalogue that the configuration causes. */
export function configError(code: ErrorCodeOf<'config'>, detail?: string): WechatConfigError {
  return new WechatConfigError(message(code, detail), code)
}

/** The error of an option: `factory: "option" complaint`. */
export function optionError(factory: string, option: string, complaint: string): WechatConfigError {
  return new WechatConfigError(`${factory}: "${option}" ${complaint}`)
}

/** An error of the catalogue for a part that is down, closed or overloaded (503). */
export function unavailableError(
  code: ErrorCodeOf<'unavailable'>,
  detail?: string,
  retryAfterSeconds = 1,
): WechatUnavailableError {
  return new WechatUnavailableError(message(code, detail), code, retryAfterSeconds)
}

function message(code: ErrorCode, detail: string | undefined): string {
  const { en, remedy } = ERROR_CATALOGUE[code]
  return `${detail ?? en}. ${remedy}`
}
