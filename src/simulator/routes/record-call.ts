import type { RequestHandler } from 'express'
import { redactParameters } from '../platform/history.js'
import type { Platform } from '../platform/platform.js'
import { getPath, readQuery } from './api/endpoint.js'

/** Writes the call into the history when it arrives, and completes the entry when its answer is done. */
export function recordCall({ clock, history }: Platform): RequestHandler {
  return function record(req, res, next) {
    const startedAt = performance.now()
    const entry = history.open({
      at: clock.now(),
      method: req.method,
      path: getPath(req),
      parameters: redactParameters(readQuery(req)),
    })
    res.locals.historyEntry = entry
    let isDone = false
    const complete = () => {
      if (isDone) return
      isDone = true
      // Node's default status is 200, so the status is recorded only if an answer was begun.
      if (res.headersSent) entry.status = res.statusCode
      entry.durationMs = Math.round(performance.now() - startedAt)
      history.done(entry)
    }
    // 'finish' comes if the answer was sent, 'close' alone if the connection was cut before.
    res.once('finish', complete).once('close', complete)
    next()
  }
}
