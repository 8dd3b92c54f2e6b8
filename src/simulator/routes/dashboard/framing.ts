/** Whether a page's headers forbid a frame in the parent. `frame-ancestors` overrides `X-Frame-Options`. */
export function framingIsForbidden(
  headers: Pick<Headers, 'get'>,
  pageOrigin: string,
  parentOrigin: string,
): boolean {
  const policy = headers.get('content-security-policy') ?? ''
  const ancestors = policy
    .split(/[;,]/)
    .map(directive => directive.trim().split(/\s+/))
    .find(([name]) => name?.toLowerCase() === 'frame-ancestors')
  if (ancestors) return !ancestors.slice(1).some(source => covers(source, pageOrigin, parentOrigin))

  const option = headers.get('x-frame-options')?.toLowerCase()
  if (option === 'sameorigin') return pageOrigin !== parentOrigin
  return option === 'deny'
}

function covers(source: string, pageOrigin: string, parentOrigin: string): boolean {
  const parent = new URL(parentOrigin)
  if (source === "'self'") return pageOrigin === parentOrigin
  if (source === '*' || source.toLowerCase() === parent.protocol) return true
  const [, scheme, host, port] = /^(?:(https?):\/\/)?([^/:]+)(?::(\d+|\*))?\/?$/i.exec(source) ?? []
  if (host === undefined) return false
  const isScheme = scheme === undefined || `${scheme.toLowerCase()}:` === parent.protocol
  const isHost = host.startsWith('*.') ? parent.hostname.endsWith(host.slice(1)) : host === parent.hostname
  const isPort = port === '*' || (port ?? '') === parent.port
  return isScheme && isHost && isPort
}
