import type { ProbeWord } from '../../protocol/dashboard.js'
import { isLoopback } from '../../protocol/loopback.js'
import { framingIsForbidden } from './framing.js'

const timeoutMs = 5_000
const mostRedirects = 5

/**
 * Finds out why the phone's frame can't show a page, because the dashboard can't see that. Each address of the
 * redirects is asked only if it is of this machine, and only the headers of its answer are read. The probe does not
 * request the simulator's own login: it would use up the faults that are planned for the visit.
 */
export async function probePage(address: string, dashboardOrigin: string): Promise<ProbeWord> {
  const signal = AbortSignal.timeout(timeoutMs)
  let url = new URL(address)
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const found = await probeOnce(url, dashboardOrigin, signal)
    if (!(found instanceof URL)) return found
    url = found
  }
  return 'too-many-redirects'
}

/** Asks one address. Resolves to the result, or to the address of a redirect. */
async function probeOnce(url: URL, dashboardOrigin: string, signal: AbortSignal): Promise<ProbeWord | URL> {
  if (!isWebAddressHere(url)) return 'foreign-address'
  if (isSimulator(url, dashboardOrigin)) return isDashboard(url) ? 'framing-forbidden' : 'fine'

  const headers = await readHead(url, signal)
  if (typeof headers === 'string') return headers
  const location = headers.get('location')
  const next = location === null ? null : URL.parse(location, url.href)
  if (next) return next
  return framingIsForbidden(headers, url.origin, dashboardOrigin) ? 'framing-forbidden' : 'fine'
}

async function readHead(url: URL, signal: AbortSignal): Promise<Headers | ProbeWord> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal, headers: { Accept: 'text/html' } })
    await response.body?.cancel()
    return response.headers
  } catch (error) {
    return wordOfFailure(error)
  }
}

function wordOfFailure(error: unknown): ProbeWord {
  const cause = error instanceof Error ? error.cause : undefined
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  if (code === 'ECONNREFUSED') return 'not-running'
  // If only the certificate is not trusted by Node.js, a server is there, and the browser may trust it.
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code) ? 'fine' : 'no-answer'
}

function isWebAddressHere(url: URL): boolean {
  return (url.protocol === 'http:' || url.protocol === 'https:') && isLoopback(url.hostname)
}

/** Whether the URL is the simulator's. The port decides, because the simulator has all names of this machine. */
function isSimulator(url: URL, dashboardOrigin: string): boolean {
  return url.port === new URL(dashboardOrigin).port
}

function isDashboard({ pathname }: URL): boolean {
  return pathname === '/' || pathname === '/phone'
}
