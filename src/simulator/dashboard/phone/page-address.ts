/**
 * Parses a typed address. Without a scheme it gets http for this machine and IP addresses, else https. Undefined if the
 * text is no address of a page.
 */
export function parsePageAddress(text: string): URL | undefined {
  const typed = text.trim()
  if (typed === '' || /\s/.test(typed)) return undefined
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(typed)
  const url = URL.parse(hasScheme ? typed : `${schemeFor(typed)}://${typed}`)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  return hasScheme || looksLikeHost(url) ? url : undefined
}

function schemeFor(typed: string): 'http' | 'https' {
  return /^(?:(?:[\w-]+\.)*localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\])(?::\d+)?(?:[/?#]|$)/i.test(typed)
    ? 'http'
    : 'https'
}

/** A single word without a dot, except localhost, is taken for a typing mistake, not for a host. */
function looksLikeHost({ hostname }: URL): boolean {
  return hostname.includes('.') || hostname === 'localhost' || hostname.startsWith('[')
}
