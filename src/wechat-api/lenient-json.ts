/**
 * Parses JSON as WeChat sends it: UTF-8 whatever the header says, and people's names in it can hold raw control
 * characters, which JSON forbids. Integers beyond 2^53 become strings, digit for digit, because a number of
 * JavaScript would round them. Returns undefined if the bytes are no JSON even then.
 */
export function parseLenientJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8').decode(bytes)
  try {
    return parseExactly(text)
  } catch {
    try {
      return parseExactly(text.replace(STRING_LITERAL, escapeControls))
    } catch {
      return undefined
    }
  }
}

/**
 * Matches a string literal. One that is never closed matches up to the end of the text, because searching again from
 * each quote in it would take quadratic time.
 */
const STRING_LITERAL = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs

function escapeControls(literal: string): string {
  return literal.replace(/\p{Cc}/gu, control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** 2^53 has 16 digits. Text without 16 digits in a row is parsed without a reviver, which is several times faster. */
const LONG_DIGITS = /\d{16}/
const INTEGER = /^-?\d+$/

function parseExactly(text: string): unknown {
  return LONG_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && INTEGER.test(source) ? source : value
}
