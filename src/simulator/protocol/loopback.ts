/**
 * Whether this host name always means the machine itself. `hostname` is spelled as `URL` spells it: an IPv6 address
 * is in brackets, and an IPv4 address has four decimal parts.
 */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}
