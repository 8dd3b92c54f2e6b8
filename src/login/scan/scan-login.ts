import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'
import { raceAbort } from '../../util/race-abort.js'
import type { Scope } from '../../wechat-api/oauth.js'
import { readSimulatorOrigins } from '../failure-page.js'
import type { SessionLogin } from '../login-session.js'
import type { LoginFlow } from '../oauth/login-flow.js'
import { isInSimulatedPhone, isInsideWechat } from '../outside-wechat.js'
import { getUserInfoReader } from '../profile/user-info-readers.js'
import { createScanStore, type ScanStore } from './scan-store.js'
import { type Language, phoneTexts } from './scan-texts.js'
import { createScanTickets, type ScanTicket, type ScanTickets } from './scan-ticket.js'

/**
 * Login on a computer by a phone: what the desktop's routes and the phone's routes share.
 *
 * The desktop shows a QR code and two digits. The phone opens the code in WeChat, logs in by the ordinary OAuth, and
 * its person types the digits and confirms. The desktop gets a new session with the same openid.
 *
 * Typing the digits stops a login that the person did not begin: a code that somebody sends in a chat, or a tap
 * without reading, because the digits are on the computer's screen alone. It can't stop a web page or a phone
 * caller that passes on the code and the digits while the person looks at them. No login by scanning can, since the
 * phone does not know which screen the person sees. The phone therefore names site, browser and system, and says whose
 * code to refuse.
 */
export interface ScanLogin {
  readonly flow: LoginFlow
  readonly defaultScope: Scope
  readonly tickets: ScanTickets
  readonly store: ScanStore
  readonly simulatorOrigins: string | undefined
  /** Whether the request comes from WeChat's browser or, if WeChat is simulated, from the simulator's phone. */
  isPhone(req: Request): boolean
  /** The ticket in the request's path. @throws {WechatRequestError} 400 if this account never issued it */
  requireTicket(req: Request): ScanTicket
  /**
   * Refuses a request that no page of this service sent. Pages of `allowedOrigins` may read logins, and may not
   * confirm one.
   * @throws {WechatRequestError} 403
   */
  assertOwnOrigin(req: Request): void
  /** The nickname; if WeChat does not give it, a text with the last four characters of the openid. */
  readAccountName(req: Request, login: SessionLogin, language: Language): Promise<string>
}

/** If the nickname does not arrive within this time, the login goes on without it. */
const NAME_TIMEOUT_MS = 2_000
const MARK_LENGTH = 4

export function createScanLogin(flow: LoginFlow, defaultScope: Scope): ScanLogin {
  const { context, publicOrigin, states } = flow
  const tickets = createScanTickets(states, context.clock)
  const profiles = getUserInfoReader(context, flow.sessionKey)
  const { isSimulated } = context.account

  return {
    flow,
    defaultScope,
    tickets,
    store: createScanStore(context),
    simulatorOrigins: readSimulatorOrigins(context.account),
    isPhone: req => isInsideWechat(req) || (isSimulated && isInSimulatedPhone(req)),
    requireTicket(req) {
      const ticket = tickets.parse(String(req.params.ticket))
      if (ticket) return ticket
      throw requestError('scan_ticket_invalid')
    },
    assertOwnOrigin(req) {
      if (req.get('origin') !== publicOrigin.get(req)) throw requestError('origin_not_allowed')
    },
    async readAccountName(req, login, language) {
      const mark = phoneTexts[language].user(login.openid.slice(-MARK_LENGTH))
      if (!login.userToken) return mark
      const reading = profiles.read(req, login)
      const info = await raceAbort(reading, AbortSignal.timeout(NAME_TIMEOUT_MS)).catch(() => undefined)
      return info?.nickname || mark
    },
  }
}
