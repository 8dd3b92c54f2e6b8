import { z } from 'zod'
import { requestError } from '../../errors/create-error.js'
import type { AccountContext } from '../../tokens/context.js'
import { parseSessionLogin, type SessionLogin } from '../login-session.js'
import { callStore, type LoginStoreContext } from '../login-store.js'
import type { ScanTicket } from './scan-ticket.js'

/** The state of a ticket, as the desktop gets it. */
export type ScanStatus = 'waiting' | 'opened' | 'confirmed' | 'refused' | 'expired'

/**
 * The states of a ticket in the token store that all processes share: `waiting`, `opened`, then `confirmed` or
 * `refused`. The first entry is written when a phone that is logged in opens the ticket. Each step that may happen once
 * is claimed in the store, so that only one of two simultaneous requests takes it.
 */
export interface ScanStore {
  readStatus(ticket: ScanTicket): Promise<ScanStatus>
  /**
   * Binds the ticket to this phone's login. The same phone may open it again.
   * @throws {WechatRequestError} if another phone has opened it, it has ended, or the phone has five open tickets
   */
  open(ticket: ScanTicket, phone: string): Promise<void>
  /**
   * Refuses a ticket that is not open for this phone.
   * @throws {WechatRequestError} if the ticket has expired, is decided, or was opened by another phone
   */
  assertOpen(ticket: ScanTicket, phone: string): Promise<void>
  /** Uses a one-time value of this ticket. Resolves with false if it was used before. */
  useOnce(ticket: ScanTicket, value: string): Promise<boolean>
  /**
   * Takes one of the ticket's three attempts, whatever was entered, and resolves with the number of attempts left.
   * It is taken before the digits are compared, so that attempts at the same moment can't exceed three.
   * @throws {WechatRequestError} if none is left
   */
  takeAttempt(ticket: ScanTicket): Promise<number>
  /**
   * Confirms the ticket, and stores the phone's login for the desktop.
   * @throws {WechatRequestError} if the ticket is not open for this phone
   */
  confirm(ticket: ScanTicket, phone: string, login: SessionLogin): Promise<void>
  /**
   * Refuses the ticket, so that the desktop is not logged in.
   * @throws {WechatRequestError} if the ticket is not open for this phone
   */
  refuse(ticket: ScanTicket, phone: string): Promise<void>
  /**
   * The login of the phone that confirmed. The first caller alone gets it.
   * @throws {WechatRequestError} if the ticket is not confirmed, or was used
   */
  takeLogin(ticket: ScanTicket): Promise<SessionLogin>
}

/** The part of an account's context that the store needs. */
export type ScanStoreContext = LoginStoreContext & Pick<AccountContext, 'keyPrefix' | 'clock'>

type ScanEntry = z.output<typeof entrySchema>

/** How long after a ticket's expiry the desktop may still use a confirmation that came before it. */
const FINISH_MS = 60_000
const MAX_ATTEMPTS = 3
const MAX_OPEN_TICKETS = 5
/** If another request has claimed the ticket for a phone, this one waits this long for the entry that it writes. */
const CLAIM_TO_ENTRY_MS = 1_000
const POLL_MS = 50
/** A store has no operation that deletes an entry, so an entry is replaced by one that expires at once. */
const ENDS_NOW_MS = 1

const entrySchema = z.object({
  status: z.enum(['opened', 'confirmed', 'refused']),
  phone: z.string(),
  slotKey: z.string(),
  /** The phone's login, until the desktop has taken it. */
  login: z.unknown().optional(),
})

export function createScanStore(context: ScanStoreContext): ScanStore {
  const { keyPrefix, clock } = context
  const getKey = ({ id }: ScanTicket) => `${keyPrefix}:scan:${id}`
  const getTtlMs = ({ expiresAt }: ScanTicket) =>
    Math.max(ENDS_NOW_MS, expiresAt + FINISH_MS - clock.wallMs())
  const isExpired = ({ expiresAt }: ScanTicket) => clock.wallMs() >= expiresAt

  function claim(ticket: ScanTicket, key: string): Promise<boolean> {
    return callStore(context, store => store.claim(key, getTtlMs(ticket)))
  }

  function claimStep(ticket: ScanTicket, step: string): Promise<boolean> {
    return claim(ticket, `${getKey(ticket)}:${step}`)
  }

  function write(ticket: ScanTicket, entry: ScanEntry): Promise<void> {
    return callStore(context, store => store.put(getKey(ticket), JSON.stringify(entry), getTtlMs(ticket)))
  }

  async function read(ticket: ScanTicket): Promise<ScanEntry | undefined> {
    return parseEntry(await callStore(context, store => store.get(getKey(ticket))))
  }

  function release(slotKey: string): Promise<void> {
    return callStore(context, store => store.put(slotKey, '', ENDS_NOW_MS))
  }

  async function takeSlot(ticket: ScanTicket, phone: string): Promise<string> {
    for (let slot = 1; slot <= MAX_OPEN_TICKETS; slot += 1) {
      const slotKey = `${keyPrefix}:scan-phone:${phone}:${slot}`
      if (await claim(ticket, slotKey)) return slotKey
    }
    throw requestError('scan_too_many')
  }

  /** Waits for the entry of a request that has claimed the ticket. Returns undefined if none comes in time. */
  async function awaitEntry(ticket: ScanTicket): Promise<ScanEntry | undefined> {
    const startedAt = clock.monotonicMs()
    for (;;) {
      const entry = await read(ticket)
      if (entry || clock.monotonicMs() - startedAt > CLAIM_TO_ENTRY_MS) return entry
      await clock.sleep(POLL_MS)
    }
  }

  function assertOpenFor(ticket: ScanTicket, phone: string, entry: ScanEntry | undefined): ScanEntry {
    if (entry && entry.phone !== phone) throw requestError('scan_other_phone')
    if (isExpired(ticket) || entry?.status !== 'opened') throw requestError('scan_ticket_ended')
    return entry
  }

  async function decide(
    ticket: ScanTicket,
    phone: string,
    decision: Pick<ScanEntry, 'status' | 'login'>,
  ): Promise<void> {
    const { slotKey } = assertOpenFor(ticket, phone, await read(ticket))
    if (!(await claimStep(ticket, 'decision'))) throw requestError('scan_ticket_ended')
    await write(ticket, { phone, slotKey, ...decision })
    await release(slotKey)
  }

  return {
    async readStatus(ticket) {
      const entry = await read(ticket)
      if (entry && entry.status !== 'opened') return entry.status
      if (isExpired(ticket)) return 'expired'
      return entry ? 'opened' : 'waiting'
    },
    async open(ticket, phone) {
      if (isExpired(ticket)) throw requestError('scan_ticket_ended')
      const known = await read(ticket)
      if (known) {
        assertOpenFor(ticket, phone, known)
        return
      }
      const slotKey = await takeSlot(ticket, phone)
      if (await claimStep(ticket, 'phone')) {
        await write(ticket, { status: 'opened', phone, slotKey })
        return
      }
      await release(slotKey)
      assertOpenFor(ticket, phone, await awaitEntry(ticket))
    },
    async assertOpen(ticket, phone) {
      assertOpenFor(ticket, phone, await read(ticket))
    },
    useOnce: (ticket, value) => claimStep(ticket, `once:${value}`),
    async takeAttempt(ticket) {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        if (await claimStep(ticket, `attempt:${attempt}`)) return MAX_ATTEMPTS - attempt
      }
      throw requestError('scan_ticket_ended')
    },
    confirm: (ticket, phone, login) => decide(ticket, phone, { status: 'confirmed', login }),
    refuse: (ticket, phone) => decide(ticket, phone, { status: 'refused' }),
    async takeLogin(ticket) {
      const entry = await read(ticket)
      const login = parseSessionLogin(entry?.login)
      if (entry?.status !== 'confirmed') {
        throw requestError(entry?.status === 'refused' ? 'scan_refused' : 'scan_not_confirmed')
      }
      if (!login || !(await claimStep(ticket, 'finish'))) throw requestError('scan_ticket_ended')
      // The person's own tokens don't stay in the store longer than needed.
      await write(ticket, { ...entry, login: undefined })
      return login
    },
  }
}

/** Parses a stored entry. Returns undefined if there is none, or if other software wrote it. */
function parseEntry(text: string | undefined): ScanEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}
