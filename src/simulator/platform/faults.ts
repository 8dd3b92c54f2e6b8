import type { Request, Response } from 'express'

/**
 * What a path does instead of its normal answer.
 *
 * `'reset'` cuts the connection before an answer, `'lost'` does the work and then cuts it, `'hang'` never answers,
 * `'drip'` sends one byte per 100 ms without end, `'cut'` announces 1,000 bytes and sends 100, `'html'` answers 200 with
 * a proxy's page, `'empty'` 200 without a body. `delayMs` waits in real time before the answer or before `fault`.
 */
export type Fault =
  | 'reset'
  | 'lost'
  | 'hang'
  | 'drip'
  | 'cut'
  | 'html'
  | 'empty'
  | { errcode: number; errmsg?: string }
  | { status: number; body?: string; contentType?: string }
  | { json: unknown }
  | { text: string; contentType: string }
  | { delayMs: number; fault?: Fault }
  | {
      /** Gets the call in place of the platform. It can answer in any way, or not at all. */
      handle(req: Request, res: Response): void
    }

/** Makes paths of the platform fail. */
export interface Faults {
  /** Injects the fault into the next call to this path, or into the next `times` calls. */
  next(path: string, fault: Fault, times?: number): void
  /** Injects the fault into every call to this path, after the faults that `next` has queued. */
  always(path: string, fault: Fault): void
  /** Injects the fault into every call to this path for this many milliseconds of simulated time. */
  during(path: string, fault: Fault, ms: number): void
  /** Removes all faults. */
  clear(): void
}

export interface FaultQueue extends Faults {
  take(path: string): Fault | undefined
  /** The names of the faults that are still planned, by path. */
  list(): Record<string, string[]>
}

interface Permanent {
  fault: Fault
  until: number
}

export function createFaults(now: () => number, notify: () => void): FaultQueue {
  const queues = new Map<string, Fault[]>()
  const permanent = new Map<string, Permanent>()

  function keep(path: string, fault: Fault, until: number) {
    assertPath(path)
    permanent.set(path, { fault, until })
    notify()
  }

  function findPermanent(path: string): Fault | undefined {
    const kept = permanent.get(path)
    if (kept && kept.until <= now()) permanent.delete(path)
    return permanent.get(path)?.fault
  }

  return {
    next(path, fault, times = 1) {
      assertPath(path)
      queues.set(path, [...(queues.get(path) ?? []), ...Array.from({ length: times }, () => fault)])
      notify()
    },
    always: (path, fault) => keep(path, fault, Number.POSITIVE_INFINITY),
    during: (path, fault, ms) => keep(path, fault, now() + ms),
    clear() {
      queues.clear()
      permanent.clear()
      notify()
    },
    take: path => queues.get(path)?.shift() ?? findPermanent(path),
    list() {
      const named: Record<string, string[]> = {}
      for (const [path, queue] of queues) if (queue.length > 0) named[path] = queue.map(faultName)
      for (const path of [...permanent.keys()]) {
        const fault = findPermanent(path)
        if (fault) named[path] = [...(named[path] ?? []), `always ${faultName(fault)}`]
      }
      return named
    },
  }
}

function assertPath(path: string): void {
  if (!path.startsWith('/')) throw new TypeError(`faults: "path" must begin with "/", got "${path}"`)
}

export function faultName(fault: Fault): string {
  if (typeof fault === 'string') return fault
  if ('errcode' in fault) return `errcode ${fault.errcode}`
  if ('status' in fault) return `status ${fault.status}`
  if ('delayMs' in fault) return fault.fault ? `delay, then ${faultName(fault.fault)}` : 'delay'
  return Object.keys(fault)[0] ?? 'fault'
}
