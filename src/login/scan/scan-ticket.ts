import { randomBytes } from 'node:crypto'
import type { Clock } from '../../util/clock.js'
import type { Scope } from '../../wechat-api/oauth.js'
import type { LoginStates } from '../oauth/login-state.js'

/**
 * The ticket in the QR code of a desktop. It belongs to one account, one browser and one page, and expires after two
 * minutes. The server stores nothing about it until a phone has opened it.
 *
 * It is 48 bytes in base64url, since a short text makes a QR code of few modules, which a bad camera can still read: a
 * random id, the time of expiry, the desktop's browser and system, the scope that the phone's login needs, a commitment
 * to the desktop's nonce cookie and page, and a MAC over all of it.
 */
export interface ScanTickets {
  create(request: ScanRequest): { ticket: string; id: string }
  /** Parses a ticket. Returns undefined if this account never issued it. */
  parse(ticket: string): ScanTicket | undefined
  /** Whether the ticket was issued to the browser with this login nonce, for a login that returns to this page. */
  isIssuedTo(ticket: ScanTicket, loginNonce: string, returnUrl: string): boolean
  /** The two digits that the desktop shows and the phone asks for. The ticket's holder can't compute them. */
  digitsOf(ticket: Pick<ScanTicket, 'id'>): string
}

export interface ScanRequest {
  /** The random value of the desktop's login nonce cookie. */
  loginNonce: string
  /** The page to go to, or empty for the default one. */
  returnUrl: string
  scope: Scope
  /** The desktop's browser and system, as one number from 0 to 255. */
  deviceCode: number
}

export interface ScanTicket {
  id: string
  /** When the ticket expires, in milliseconds since 1970. */
  expiresAt: number
  scope: Scope
  deviceCode: number
  /** A MAC of the id, the desktop's login nonce and its page. {@link ScanTickets.isIssuedTo} verifies it. */
  commitment: string
}

export const TICKET_SECONDS = 120
const TICKET = /^[A-Za-z0-9_-]{64}$/

const ID_BYTES = 12
const COMMITMENT_BYTES = 14
const MAC_BYTES = 16
const SCOPES: readonly Scope[] = ['snsapi_base', 'snsapi_userinfo']

export function createScanTickets({ sign, verify }: LoginStates, clock: Clock): ScanTickets {
  const signShort = (purpose: string, value: string, bytes: number) =>
    Buffer.from(sign(purpose, value), 'hex').subarray(0, bytes)
  /** A ticket holds the first bytes of a signature. The others are appended, since `verify` compares whole ones. */
  const verifyShort = (purpose: string, value: string, signature: string) =>
    verify(purpose, value, signature + sign(purpose, value).slice(signature.length))
  const committed = (id: string, loginNonce: string, returnUrl: string) =>
    [id, loginNonce, returnUrl].join('\0')

  return {
    create({ loginNonce, returnUrl, scope, deviceCode }) {
      const id = randomBytes(ID_BYTES).toString('hex')
      const numbers = Buffer.alloc(6)
      numbers.writeUInt32BE(Math.floor(clock.wallMs() / 1000) + TICKET_SECONDS)
      numbers.writeUInt8(deviceCode, 4)
      numbers.writeUInt8(SCOPES.indexOf(scope), 5)
      const commitment = signShort('scan commitment', committed(id, loginNonce, returnUrl), COMMITMENT_BYTES)
      const body = Buffer.concat([Buffer.from(id, 'hex'), numbers, commitment])
      const mac = signShort('scan ticket', body.toString('hex'), MAC_BYTES)
      return { id, ticket: Buffer.concat([body, mac]).toString('base64url') }
    },
    parse(ticket) {
      if (!TICKET.test(ticket)) return undefined
      const bytes = Buffer.from(ticket, 'base64url')
      const body = bytes.subarray(0, -MAC_BYTES)
      const mac = bytes.toString('hex', body.length)
      if (!verifyShort('scan ticket', body.toString('hex'), mac)) return undefined
      const scope = SCOPES[body.readUInt8(ID_BYTES + 5)]
      if (!scope) return undefined
      return {
        id: body.toString('hex', 0, ID_BYTES),
        expiresAt: body.readUInt32BE(ID_BYTES) * 1000,
        deviceCode: body.readUInt8(ID_BYTES + 4),
        scope,
        commitment: body.toString('hex', ID_BYTES + 6),
      }
    },
    isIssuedTo: ({ id, commitment }, loginNonce, returnUrl) =>
      verifyShort('scan commitment', committed(id, loginNonce, returnUrl), commitment),
    digitsOf: ({ id }) =>
      String(Number.parseInt(sign('scan digits', id).slice(0, 8), 16) % 100).padStart(2, '0'),
  }
}
