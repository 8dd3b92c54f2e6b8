import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { configError, requestError } from '../../errors/create-error.js'
import { readFormBody } from '../../http/body/form-body.js'
import { assertSessionCanKeepLogin } from '../../http/session.js'
import { publishRefusedLogin } from '../hooks/login-events.js'
import { hasScope, type SessionLogin } from '../login-session.js'
import { sendToWechat } from '../oauth/begin-login.js'
import { parseReturnUrl } from '../oauth/return-url.js'
import { sendOpenInWechatPage } from '../outside-wechat.js'
import { redirectLoopCookie } from '../redirect-loop.js'
import { toDeviceWords } from './device-words.js'
import { sendConfirmPage, sendResultPage } from './phone-page.js'
import type { ScanLogin } from './scan-login.js'
import { phoneTexts, readLanguage } from './scan-texts.js'
import type { ScanTicket } from './scan-ticket.js'

/** A request for a ticket's page by a phone whose login has the scope that the ticket needs. */
interface PhoneVisit {
  ticket: ScanTicket
  login: SessionLogin
  /** Identifies the person in the store, without the openid. */
  phone: string
}

/** The routes of the phone: the form that asks for the two digits, and its answer. */
export function createPhoneHandlers(scan: ScanLogin) {
  const { flow, tickets, store, simulatorOrigins } = scan
  const { publicOrigin, states, session, context } = flow

  function requireLiveTicket(req: Request): ScanTicket {
    const ticket = scan.requireTicket(req)
    // An expired code is refused here, before the person logs in.
    if (context.clock.wallMs() >= ticket.expiresAt) throw requestError('scan_ticket_ended')
    return ticket
  }

  /** The login of the phone; undefined if the phone has to log in first. */
  function findLogin(req: Request, { scope }: ScanTicket): SessionLogin | undefined {
    const login = session.read(req)
    if (!login) {
      const loginPath = flow.loginPath(req)
      if (redirectLoopCookie.isLoginLost(req, { loginPath, sessionKey: flow.sessionKey }, states)) {
        throw configError('login_not_kept')
      }
      return undefined
    }
    if (login.isSnapshotUser) throw requestError('snapshot_user')
    if (hasScope(login.scope, scope)) return login
    if (hasScope(login.askedScope, scope)) throw requestError('scope_not_granted')
    return undefined
  }

  function toVisit(ticket: ScanTicket, login: SessionLogin): PhoneVisit {
    return { ticket, login, phone: states.sign('scan phone', login.openid) }
  }

  /** `GET …/{ticket}` shows the form, after a login if the phone has none. */
  async function show(req: Request, res: Response): Promise<void> {
    const ticket = requireLiveTicket(req)
    if (!scan.isPhone(req) && simulatorOrigins === undefined) return sendOpenInWechatPage(res)
    assertSessionCanKeepLogin(req, publicOrigin.isDowngraded(req))
    const login = findLogin(req, ticket)
    if (!login) return beginLogin(req, res, ticket)
    const visit = toVisit(ticket, login)
    await store.open(ticket, visit.phone)
    return sendForm(req, res, visit)
  }

  function beginLogin(req: Request, res: Response, { scope }: ScanTicket): void {
    const page = `${flow.loginPath(req)}/scan/${req.params.ticket}`
    const returnUrl = parseReturnUrl(publicOrigin, req, page)
    sendToWechat(flow, req, res, { returnUrl, scope, isRestart: false, mode: 'login' })
  }

  async function sendForm(
    req: Request,
    res: Response,
    { ticket, login }: PhoneVisit,
    complaint?: string,
  ): Promise<void> {
    const language = readLanguage(req)
    sendConfirmPage(res, {
      language,
      site: new URL(publicOrigin.get(req)).host,
      device: toDeviceWords(ticket.deviceCode, language),
      account: await scan.readAccountName(req, login, language),
      formToken: createFormToken(req, ticket),
      simulatorOrigins,
      ...(complaint !== undefined && { complaint }),
    })
  }

  /** `POST …/{ticket}` confirms or refuses, with the form's `token`, `digits` and `action`. */
  async function decide(req: Request, res: Response): Promise<void> {
    scan.assertOwnOrigin(req)
    const ticket = requireLiveTicket(req)
    const login = findLogin(req, ticket)
    if (!login) throw requestError('not_logged_in')
    const visit = toVisit(ticket, login)
    await store.assertOpen(ticket, visit.phone)

    const form = await readFormBody(req, res)
    const isRefusal = form.get('action') === 'refuse'
    // Chinese keyboards can type full-width digits, which become ASCII digits here.
    const digits = (form.get('digits') ?? '').normalize('NFKC').trim()
    if (!isRefusal && !/^[0-9]{2}$/.test(digits)) {
      return sendForm(req, res, visit, phoneTexts[readLanguage(req)].malformed)
    }
    await useFormToken(req, ticket, form.get('token') ?? '')
    return isRefusal ? refuse(req, res, visit, 'refused') : compare(req, res, visit, digits)
  }

  async function refuse(
    req: Request,
    res: Response,
    { ticket, phone, login }: PhoneVisit,
    result: 'refused' | 'locked',
  ): Promise<void> {
    await store.refuse(ticket, phone)
    publishRefusedLogin(context.account, requestError('scan_refused'), { openid: login.openid, via: 'scan' })
    sendResult(req, res, result === 'locked' ? 403 : 200, result)
  }

  async function compare(req: Request, res: Response, visit: PhoneVisit, digits: string): Promise<void> {
    const { ticket, phone, login } = visit
    const attemptsLeft = await store.takeAttempt(ticket)
    if (digits === tickets.digitsOf(ticket)) {
      await store.confirm(ticket, phone, login)
      sendResult(req, res, 200, 'confirmed')
    } else if (attemptsLeft > 0) {
      await sendForm(req, res, visit, phoneTexts[readLanguage(req)].wrong(attemptsLeft))
    } else {
      await refuse(req, res, visit, 'locked')
    }
  }

  function sendResult(
    req: Request,
    res: Response,
    status: number,
    result: 'confirmed' | 'refused' | 'locked',
  ): void {
    const language = readLanguage(req)
    sendResultPage(res, { status, language, simulatorOrigins, ...phoneTexts[language][result] })
  }

  /** The token belongs to one ticket and one session, and is valid for one submission of the form. */
  function createFormToken(req: Request, ticket: ScanTicket): string {
    const nonce = randomBytes(8).toString('hex')
    return `${nonce}.${states.sign('scan form', describeForm(req, ticket, nonce))}`
  }

  async function useFormToken(req: Request, ticket: ScanTicket, token: string): Promise<void> {
    const [nonce = '', signature = ''] = token.split('.')
    const isOwn = states.verify('scan form', describeForm(req, ticket, nonce), signature)
    if (!isOwn || !(await store.useOnce(ticket, nonce))) throw requestError('scan_form_expired')
  }

  return { show, decide }
}

function describeForm(req: Request, { id }: ScanTicket, nonce: string): string {
  return [id, req.sessionID, nonce].join('\0')
}
