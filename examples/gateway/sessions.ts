import type { Request, RequestHandler, Response } from 'express'
import session, { type Store } from 'express-session'
import type { SessionConfiguration } from './configuration.ts'

/**
 * The visitors' sessions. If their store is down, a request continues without a session: page signatures and media need
 * none, and a login answers 503 by itself.
 */
export function createSessions(
  { name, secrets, cookieDomain, ttlSeconds, isSecure }: SessionConfiguration,
  store: Store | undefined,
  onStoreFailure: () => void,
): RequestHandler {
  const sessions = session({
    name,
    secret: secrets,
    resave: false,
    // A visitor who has not logged in gets no entry in the store.
    saveUninitialized: false,
    ...(store && { store }),
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure: isSecure,
      maxAge: ttlSeconds * 1000,
      ...(cookieDomain !== undefined && { domain: cookieDomain }),
    },
  })

  return function sessionOrNone(req: Request, res: Response, next: () => void) {
    let isPassed = false
    sessions(req, res, (error?: unknown) => {
      if (error !== undefined) onStoreFailure()
      // express-session calls `next` a second time if the session can't be written after the answer.
      if (isPassed) return
      isPassed = true
      next()
    })
  }
}
