import type { Request } from 'express'

const knownCallers = new WeakSet<Request>()

/** Notes that a guard found a login or a service key on this request. */
export function markKnownCaller(req: Request): void {
  knownCallers.add(req)
}

/** Whether a guard on the way found a login or a service key: such a caller can be held responsible, and is not cut. */
export function isKnownCaller(req: Request): boolean {
  return knownCallers.has(req)
}
