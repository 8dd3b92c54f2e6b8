import type { Request } from 'express'

/** A property of the request costs each request a fraction of what an entry of a `WeakSet` costs it. */
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
