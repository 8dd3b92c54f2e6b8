import type { PlatformConfig } from '../../platform/platform-config.js'

export function jsonContentType(config: PlatformConfig, path: string, isError: boolean): string {
  // The platform writes "encoding" where other servers write "charset", and sends `text/plain` without a charset.
  const asJson = 'application/json; encoding=utf-8'
  if (config.jsonContentType === 'text/plain') return 'text/plain'
  if (config.jsonContentType === 'application/json') return asJson
  return isError || path.startsWith('/sns/') || path === '/cgi-bin/media/upload' ? 'text/plain' : asJson
}

export function jsonText(config: PlatformConfig, body: object): string {
  let text = JSON.stringify(body)
  if (config.escapedSlashes) text = text.replaceAll('/', '\\/')
  if (config.rawControlCharacters) text = text.replaceAll(/\\u00[01][0-9a-f]|\\[bfnrt]/g, unescaped)
  return text
}

function unescaped(sequence: string): string {
  const value: unknown = JSON.parse(`"${sequence}"`)
  return String(value)
}
