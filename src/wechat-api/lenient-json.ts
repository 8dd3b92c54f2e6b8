/**
 * JSON as WeChat sends it: UTF-8 whatever the header says, and people's names in it may hold raw control
 * characters, which JSON forbids. Returns undefined where it is no JSON even so.
 */
export function parseTolerantJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8').decode(bytes)
  try {
    return JSON.parse(text)
  } catch {
    try {
      return JSON.parse(text.replace(STRING_LITERAL, escapeControls))
    } catch {
      return undefined
    }
  }
}

/** One that is never closed ends the search: looking again from each of its quotes would take its length squared. */
const STRING_LITERAL = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs

function escapeControls(literal: string): string {
  return literal.replace(/\p{Cc}/gu, control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
