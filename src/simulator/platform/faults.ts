import type { Request, Response } from 'express'

/**
 * What a path does instead of its normal answer.
 *
 * `'reset'` cuts the connection before an answer, `'lost'` does the work and then cuts it, `'hang'` never answers,
 * `'drip'` sends one byte now and then without end, `'cut'` promises 1,000 bytes and sends 100, `'html'` is the page of
 * a proxy, `'empty'` an empty 200. `delayMs` waits (in real time) and then goes on, or injects `fault`.
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
  | { handle(req: Request, res: Response): void }

export interface Faults {
  /** Injects the fault into the next call to this path, or into the next `times` calls. */
  next(path: string, fault: Fault, times?: number): void
  /** Injects the fault into every call to this path, after the faults that `next` has queued. */
  always(path: string, fault: Fault): void
  clear(): void
}

export interface FaultQueue extends Faults {
  take(path: string): Fault | undefined
  /** Readable names of what is still to come, by path. */
  list(): Record<string, string[]>
}

export function createFaults(): FaultQueue {
  const queues = new Map<string, Fault[]>()
  const permanent = new Map<string, Fault>()

  return {
    next(path, fault, times = 1) {
      if (!path.startsWith('/')) throw new TypeError(`faults: "path" must begin with "/", got "${path}"`)
      queues.set(path, [...(queues.get(path) ?? []), ...Array.from({ length: times }, () => fault)])
    },
    always(path, fault) {
      if (!path.startsWith('/')) throw new TypeError(`faults: "path" must begin with "/", got "${path}"`)
      permanent.set(path, fault)
    },
    clear() {
      queues.clear()
      permanent.clear()
    },
    take: path => queues.get(path)?.shift() ?? permanent.get(path),
    list() {
      const named: Record<string, string[]> = {}
      for (const [path, queue] of queues) if (queue.length > 0) named[path] = queue.map(faultName)
      for (const [path, fault] of permanent)
        named[path] = [...(named[path] ?? []), `always ${faultName(fault)}`]
      return named
    },
  }
}

export function faultName(fault: Fault): string {
  if (typeof fault === 'string') return fault
  if ('errcode' in fault) return `errcode ${fault.errcode}`
  if ('status' in fault) return `status ${fault.status}`
  if ('delayMs' in fault) return fault.fault ? `delay, then ${faultName(fault.fault)}` : 'delay'
  return Object.keys(fault)[0] ?? 'fault'
}
