import type { Request, RequestHandler, Response } from 'express'
import session, { type Store } from 'express-session'
import type { SessionConfiguration } from './configuration.ts'

/**
 * The visitors' sessions. Where their store is down a request goes on without one: page signatures and media need
 * none, and what does need one answers 503 by itself.
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
    // Who only looks at the login page costs the store nothing.
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
      // It calls again where a session could not be written behind the answer.
      if (isPassed) return
      isPassed = true
      next()
    })
  }
}
