import type { RequestHandler } from 'express'
import { type OpenEntry, redactParameters } from '../platform/history.js'
import type { Platform } from '../platform/platform.js'
import { pathOf, queryOf } from './api/endpoint.js'

/** Writes the call into the history when it arrives, and completes the entry when its answer is done. */
export function recordCall({ clock, history }: Platform): RequestHandler {
  return function record(req, res, next) {
    const entry: OpenEntry = {
      at: clock.now(),
      method: req.method,
      path: pathOf(req),
      parameters: redactParameters(queryOf(req)),
    }
    res.locals.historyEntry = entry
    history.open(entry)
    let isDone = false
    const complete = () => {
      if (isDone) return
      isDone = true
      // An answer that was never begun has no status, though Node would say 200.
      if (res.headersSent) entry.status = res.statusCode
      history.done(entry)
    }
    // Whichever comes first: sent, or cut off.
    res.once('finish', complete).once('close', complete)
    next()
  }
}
