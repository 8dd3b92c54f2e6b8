import type { Request } from 'express'

/** The mark is a property of the request, because that takes a fraction of the time of an entry in a `WeakSet`. */
const IS_KNOWN_CALLER = Symbol('express-wechat known caller')

type MarkedRequest = Request & { [IS_KNOWN_CALLER]?: true }

/** Notes that a guard found a login or a service key on this request. */
export function markKnownCaller(req: MarkedRequest): void {
  req[IS_KNOWN_CALLER] = true
}

/** Whether a guard found a login or a service key on this request. Slow downloads of such a caller are never cut. */
export function isKnownCaller(req: MarkedRequest): boolean {
  return req[IS_KNOWN_CALLER] === true
}
