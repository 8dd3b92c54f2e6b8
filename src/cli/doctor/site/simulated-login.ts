import { z } from 'zod'
import { AUTHORIZE_PATH } from './app-visit.js'
import type { CookieJar } from './cookie-jar.js'
import { type PageAnswer, type SiteVisitor, VisitError } from './site-visitor.js'

/**
 * How a whole login ended: logged in; the session was lost; not begun, since the authorize page refuses it; or the status
 * of a page that is not the end of a login.
 */
export type SimulatedLogin = 'logged-in' | 'session-lost' | 'not-begun' | { status: number }

/** The login is given up after so many requests. One that begins again once needs eight redirects. */
const MAX_STEPS = 12

const stateSchema = z.object({ people: z.array(z.object({ id: z.string() })).min(1) })

/**
 * Logs a person of the simulator in, as WeChat's browser does, and asks the app who is logged in. All requests count as
 * coming from another site, so that no cookie with `SameSite=Strict` is sent.
 */
export async function logInThroughSimulator(
  site: SiteVisitor,
  jar: CookieJar,
  authorizeUrl: URL,
): Promise<SimulatedLogin> {
  const personId = await readPersonId(site, authorizeUrl)
  let next = authorizeUrl
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const isAuthorize = next.pathname.endsWith(AUTHORIZE_PATH)
    if (isAuthorize) next.searchParams.set('person', personId)
    const answer: PageAnswer = await site.visit(next, jar, { isFromOtherSite: true })
    if (answer.location === undefined) return isAuthorize ? 'not-begun' : { status: answer.status }
    const isCallback = next.pathname.endsWith('/auth/code')
    if (isCallback && !isLoginStep(answer.location)) return askWhoIsLoggedIn(site, jar, next)
    next = answer.location
  }
  return { status: 302 }
}

function isLoginStep({ pathname }: URL): boolean {
  return pathname.endsWith(AUTHORIZE_PATH) || pathname.endsWith('/auth') || pathname.endsWith('/auth/code')
}

/** Asks the host of the callback, which set the session cookie. The login may have begun on another host. */
async function askWhoIsLoggedIn(
  site: SiteVisitor,
  jar: CookieJar,
  callbackUrl: URL,
): Promise<SimulatedLogin> {
  const url = new URL(callbackUrl.pathname.replace(/\/code$/, '/login'), callbackUrl)
  const { status } = await site.visit(url, jar, { isFromOtherSite: true })
  if (status === 200) return 'logged-in'
  return status === 401 ? 'session-lost' : { status }
}

async function readPersonId(site: SiteVisitor, authorizeUrl: URL): Promise<string> {
  const { text } = await site.visit(new URL('/simulator/state', authorizeUrl))
  try {
    return stateSchema.parse(JSON.parse(text)).people[0]?.id ?? ''
  } catch {
    throw new VisitError('unknown')
  }
}
