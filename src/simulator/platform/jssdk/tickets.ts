import { createHash } from 'node:crypto'
import type { Clock } from '../../util/clock.js'
import { randomUrlSafeText } from '../../util/random.js'
import type { PlatformConfig } from '../platform-config.js'

const lifetimeMs = 7_200_000

export type TicketType = 'jsapi' | 'wx_card'

export interface SignedPage {
  noncestr: string
  timestamp: string
  url: string
}

export interface Ticket {
  value: string
  createdAt: number
  expiresAt: number
}

/** The account's tickets. A call for the ticket returns the current one, whichever access token is used. */
export interface Tickets {
  current(type: TicketType): string
  /** Replaces the current ticket before it expires, and returns the new one. */
  rotate(type: TicketType): string
  /** All kept tickets, the newest first. */
  list(): (Ticket & { type: TicketType })[]
  restore(saved: readonly (Ticket & { type: TicketType })[]): void
  /** Whether a `wx.config` signature was made with a ticket that is valid, that is no longer valid, or that is unknown. */
  judge(signature: string, page: SignedPage): 'current' | 'outdated' | 'unknown'
}

export function createTickets(clock: Clock, config: PlatformConfig): Tickets {
  const lives = new Map<TicketType, Ticket[]>()

  function create(type: TicketType): Ticket {
    const now = clock.now()
    const createdAt = config.jsapiTicketRotation === 'clock' ? now - (now % lifetimeMs) : now
    const ticket = { value: randomUrlSafeText(86), createdAt, expiresAt: createdAt + lifetimeMs }
    // The last 20 tickets are kept, so that a signature with an old ticket can be told from a wrong one.
    lives.set(type, [ticket, ...(lives.get(type) ?? [])].slice(0, 20))
    return ticket
  }

  function latest(type: TicketType): Ticket {
    const ticket = lives.get(type)?.[0]
    return ticket && clock.now() < ticket.expiresAt ? ticket : create(type)
  }

  return {
    current: type => latest(type).value,
    rotate(type) {
      const ticket = lives.get(type)?.[0]
      if (ticket) ticket.expiresAt = Math.min(ticket.expiresAt, clock.now())
      return create(type).value
    },
    list: () => [...lives].flatMap(([type, tickets]) => tickets.map(ticket => ({ ...ticket, type }))),
    restore(saved) {
      lives.clear()
      for (const { type, ...ticket } of saved) lives.set(type, [...(lives.get(type) ?? []), ticket])
    },
    judge(signature, page) {
      const ticket = lives.get('jsapi')?.find(candidate => sign(candidate.value, page) === signature)
      if (!ticket) return 'unknown'
      const validUntil = ticket.expiresAt + config.jsapiTicketOverlapSeconds * 1000
      return clock.now() < validUntil ? 'current' : 'outdated'
    },
  }
}

function sign(ticket: string, { noncestr, timestamp, url }: SignedPage): string {
  const text = `jsapi_ticket=${ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
  return createHash('sha1').update(text).digest('hex')
}
