import type { AccountBehaviour } from '../behaviour.js'

export function jsonContentType(behaviour: AccountBehaviour, path: string, isError: boolean): string {
  // The platform's JSON has the parameter "encoding", which is no parameter of that type, and plain text has none.
  const asJson = 'application/json; encoding=utf-8'
  if (behaviour.jsonContentType === 'text/plain') return 'text/plain'
  if (behaviour.jsonContentType === 'application/json') return asJson
  return isError || path.startsWith('/sns/') || path === '/cgi-bin/media/upload' ? 'text/plain' : asJson
}

export function jsonText(behaviour: AccountBehaviour, body: object): string {
  let text = JSON.stringify(body)
  if (behaviour.escapedSlashes) text = text.replaceAll('/', '\\/')
  if (behaviour.rawControlCharacters) text = text.replaceAll(/\\u00[01][0-9a-f]|\\[bfnrt]/g, unescaped)
  return text
}

function unescaped(sequence: string): string {
  const value: unknown = JSON.parse(`"${sequence}"`)
  return String(value)
}
