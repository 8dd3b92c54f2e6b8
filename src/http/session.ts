import type { Request } from 'express'
import type {} from 'express-session'
import { configError, requestError, unavailableError } from '../errors/create-error.js'
import { isSessionEnded, rememberEndedSession } from './ended-sessions.js'

/**
 * The values of this request's session, which can be read and changed.
 * @throws {WechatUnavailableError} if there is no session
 */
export function getSessionValues(req: Request): Record<string, unknown> {
  const session: unknown = req.session
  if (typeof session !== 'object' || session === null) throw unavailableError('session_unavailable')
  return session as Record<string, unknown>
}

/** One value of the session. Undefined if the session has no own property of this name, or if it has ended. */
export function readSessionValue(req: Request, key: string): unknown {
  const values = getSessionValues(req)
  return isSessionEnded(req) ? undefined : ownValue(values, key)
}

/**
 * One value of the session as the store has it now. The session of this request is not changed.
 *
 * @throws {WechatUnavailableError} if the store does not answer
 */
export async function readStoredSessionValue(req: Request, key: string): Promise<unknown> {
  if (isSessionEnded(req)) return undefined
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  try {
    req.sessionStore.get(req.sessionID, (error: unknown, session) =>
      error ? reject(error) : resolve(session),
    )
    return ownValue(Object(await promise) as Record<string, unknown>, key)
  } catch {
    throw unavailableError('session_unavailable', 'The session store did not answer')
  }
}

/** Sets one value of the session, or deletes it, and resolves once the store has it. */
export async function storeSessionValue(req: Request, key: string, value: unknown): Promise<void> {
  const values = getSessionValues(req)
  if (value === undefined) delete values[key]
  else values[key] = value
  try {
    await promisify(done => req.session.save(done))
  } catch {
    throw unavailableError('session_unavailable', 'The session store did not take the change')
  }
}

/**
 * Replaces the session by one with a new id that holds these values alone, and resolves once the store has it.
 * Requests under way, which can write the old session again, do not bring its values back.
 */
export async function renewSession(req: Request, values: Readonly<Record<string, unknown>>): Promise<void> {
  const { sessionID: endedId } = req
  try {
    await promisify(done => req.session.regenerate(done))
    // A `genid` of the app can give the same id again, and that session has not ended.
    if (req.sessionID !== endedId) rememberEndedSession(req.sessionStore, endedId)
    Object.assign(getSessionValues(req), values)
    await promisify(done => req.session.save(done))
  } catch {
    // express-session writes the session at the end of the request, but not if `req.session` is unset.
    const request: { session?: unknown } = req
    request.session = undefined
    throw unavailableError('session_unavailable', 'The session store did not take the new session')
  }
}

/**
 * Refuses a session in which a login could not last: one that can't change its id, or one whose cookie browsers
 * only send over https while Express takes the request for plain http. Each login would be lost, and begin again.
 *
 * @param isDowngraded whether the browser is known to have come by http to a site of https
 * @throws {WechatConfigError}
 * @throws {WechatRequestError} 400 for such a browser
 */
export function assertSessionCanKeepLogin(req: Request, isDowngraded: boolean): void {
  getSessionValues(req)
  if (typeof req.session.regenerate !== 'function') throw configError('session_unsuitable')
  if (req.session.cookie.secure !== true || req.secure) return
  throw isDowngraded ? requestError('https_required') : configError('insecure_transport')
}

function ownValue(values: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined
}

function promisify(start: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))
}
