import type { Request, Response } from 'express'
import { getClientKey } from '../../http/client-key.js'
import type { Clock } from '../../util/clock.js'
import type { ScanStatus, ScanStore } from './scan-store.js'
import type { ScanTicket } from './scan-ticket.js'
import { createWaitingSlots } from './waiting-slots.js'

/**
 * Resolves with the ticket's state: at once if it is not the one that the desktop has seen, or if too many requests
 * wait; else after its next change, or after 20 seconds. Resolves with undefined if the client disconnects meanwhile.
 */
export type WaitForStatus = (
  ticket: ScanTicket,
  seen: string | undefined,
  req: Request,
  res: Response,
) => Promise<ScanStatus | undefined>

/** A request waits less than the 30 or 60 seconds after which proxies end it. */
const MAX_WAIT_MS = 20_000
const POLL_MS = 500
/**
 * How many requests may wait at once, in all and from one network, such as a school or an office. Over a limit, the
 * server answers at once, and the desktop asks again every two seconds.
 */
const WAITING = { total: 200, perNetwork: 20 }

export function createScanWaiter(store: ScanStore, clock: Clock): WaitForStatus {
  const slots = createWaitingSlots(WAITING)

  async function poll(
    ticket: ScanTicket,
    seen: string,
    signal: AbortSignal,
  ): Promise<ScanStatus | undefined> {
    const endsAt = clock.monotonicMs() + MAX_WAIT_MS
    for (;;) {
      const status = await store.readStatus(ticket)
      if (status !== seen || clock.monotonicMs() >= endsAt) return status
      if (!(await sleeps(clock, signal))) return undefined
    }
  }

  return async function waitForStatus(ticket, seen, req, res) {
    const release = seen === undefined ? undefined : slots.take(getClientKey(req.ip))
    if (seen === undefined || !release) return store.readStatus(ticket)
    const gone = new AbortController()
    const onClose = () => gone.abort()
    res.once('close', onClose)
    try {
      return await poll(ticket, seen, gone.signal)
    } finally {
      res.off('close', onClose)
      release()
    }
  }
}

/** Sleeps for 500 ms. Resolves to false if the signal aborted. */
function sleeps(clock: Clock, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(POLL_MS, signal).then(
    () => true,
    () => false,
  )
}
