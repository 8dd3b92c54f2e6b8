import type { IncomingMessage, ServerResponse } from 'node:http'
import { WechatError } from '../errors/errors.js'
import { describeError, isDebugging, writeStep } from './debug.js'

type Answer = Pick<ServerResponse, 'statusCode' | 'writableEnded' | 'destroyed'>

type Next = (error?: unknown) => void

/** The outcome that a handler noted for each request that has no debug line yet. */
const outcomes = new WeakMap<object, string>()

/** Notes what a handler did with a request, for its debug line. The text must hold nothing that the client sent. */
export function noteOutcome(req: object, outcome: string): void {
  if (isDebugging) outcomes.set(req, outcome)
}

/**
 * Makes a handler write one line about each request: its name, the method, the path, the outcome, the status and the
 * milliseconds until it passed the request on or answered. Without `NODE_DEBUG` it is the handler itself.
 */
export function traceHandler<Req extends IncomingMessage, Res extends Answer>(
  handler: (req: Req, res: Res, next: Next) => unknown,
): (req: Req, res: Res, next: Next) => unknown {
  if (!isDebugging) return handler

  return async function tracedHandler(req, res, next) {
    const startedAt = performance.now()
    const step = `${handler.name} ${req.method} ${describePath(req)}`
    let isOver = false

    function end(defaultOutcome: string, status?: number): void {
      if (isOver) return
      isOver = true
      const outcome = outcomes.get(req) ?? defaultOutcome
      outcomes.delete(req)
      writeStep(step, status === undefined ? outcome : `${outcome}, status ${status}`, startedAt)
    }

    try {
      // The time ends when the handler calls `next`, so that the handlers after it are not counted.
      await handler(req, res, error => {
        end(error instanceof Error ? 'passed an error on' : 'passed')
        next(error)
      })
      end(describeAnswer(res), res.statusCode)
    } catch (error) {
      outcomes.delete(req)
      end(describeError(error), error instanceof WechatError ? error.status : undefined)
      throw error
    }
  }
}

/**
 * Describes the state of an answer when its handler has returned: a handler of the app can answer later, and a receiver
 * can disconnect in the middle.
 */
function describeAnswer({ writableEnded, destroyed }: Answer): string {
  if (writableEnded) return 'answered'
  return destroyed ? 'ended early' : 'not answered yet'
}

/** A part of a path longer than this can be an openid, a media id or a ticket, so debug lines show `*` instead. */
const MAX_SEGMENT = 19
const MAX_PATH = 200

/** Returns a request's path without its query; `*` replaces long parts, and `_` all but visible ASCII characters. */
export function describePath(req: IncomingMessage): string {
  const url = 'originalUrl' in req ? String(req.originalUrl) : (req.url ?? '')
  const path = url.split(/[?#;]/)[0] ?? ''
  // A request line can hold a whole address, with a user name and a password, so none of it is shown.
  if (!path.startsWith('/')) return '*'
  const segments = path.split('/').map(segment => (segment.length > MAX_SEGMENT ? '*' : segment))
  return segments
    .join('/')
    .replace(/[^\x21-\x7e]/g, '_')
    .slice(0, MAX_PATH)
}
