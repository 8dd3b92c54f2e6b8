import type { IncomingMessage, ServerResponse } from 'node:http'
import { WechatError } from '../errors/errors.js'
import { describeError, isDebugging, writeStep } from './debug.js'

type Answer = Pick<ServerResponse, 'statusCode' | 'writableEnded' | 'destroyed'>

type Next = (error?: unknown) => void

/** What handlers say of a request that is not over yet. */
const outcomes = new WeakMap<object, string>()

/** Says what a handler did with a request, in words that hold nothing of the request. */
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

/** A handler of the app can answer after it has returned, and a receiver can leave in the middle of an answer. */
function describeAnswer({ writableEnded, destroyed }: Answer): string {
  if (writableEnded) return 'answered'
  return destroyed ? 'ended early' : 'not answered yet'
}

/** Longer parts of a path can be an openid, a media id or a ticket. */
const MAX_SEGMENT = 19
const MAX_PATH = 200

/** The path of a request without its query; `*` replaces long parts, and `_` what is no visible ASCII character. */
export function describePath(req: IncomingMessage): string {
  const url = 'originalUrl' in req ? String(req.originalUrl) : (req.url ?? '')
  const path = url.split(/[?#;]/)[0] ?? ''
  // A request line can hold a whole address, with a user name and a password.
  if (!path.startsWith('/')) return '*'
  const segments = path.split('/').map(segment => (segment.length > MAX_SEGMENT ? '*' : segment))
  return segments
    .join('/')
    .replace(/[^\x21-\x7e]/g, '_')
    .slice(0, MAX_PATH)
}
