import type { Request, Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { readFirstQueryValue } from '../../http/request.js'
import { sendPrivate } from '../../http/respond.js'
import { assertSessionCanKeepLogin } from '../../http/session.js'
import { runLoginHook } from '../hooks/run-login-hook.js'
import { storeLogin } from '../hooks/store-login.js'
import { parseLoginRequest, sendToWechat } from '../oauth/begin-login.js'
import { redirectToPublicUrl } from '../oauth/public-url-redirect.js'
import { parseReturnUrl, withFragment } from '../oauth/return-url.js'
import { sendDesktopPage } from './desktop-page.js'
import { toDeviceCode } from './device-words.js'
import type { ScanLogin } from './scan-login.js'
import { readLanguage } from './scan-texts.js'
import type { ScanTicket } from './scan-ticket.js'
import { createScanWaiter } from './scan-waiter.js'

/** A ticket that was issued to this browser. */
interface OwnTicket {
  ticket: ScanTicket
  /** The page to go to, or empty for the default one. */
  returnUrl: string
}

/** The routes of the desktop: its page, the ticket's state, and the end of the login. */
export function createDesktopHandlers(scan: ScanLogin) {
  const { flow, tickets, store } = scan
  const { cookies, publicOrigin, context } = flow
  const waitForStatus = createScanWaiter(store, context.clock)

  function requireOwnTicket(req: Request): OwnTicket {
    const ticket = scan.requireTicket(req)
    const keptUrl = cookies.readReturnUrl(req, ticket.id)
    const returnUrl = keptUrl === '' ? '' : parseReturnUrl(publicOrigin, req, keptUrl)
    if (tickets.isIssuedTo(ticket, cookies.readLoginNonce(req) ?? '', returnUrl)) return { ticket, returnUrl }
    throw requestError('scan_other_browser')
  }

  /** `GET {base}/auth/scan?state={page}&scope={scope}` shows the QR code. A phone logs in directly instead. */
  function page(req: Request, res: Response): void {
    if (redirectToPublicUrl(publicOrigin, req, res, '/scan')) return
    assertSessionCanKeepLogin(req, publicOrigin.isDowngraded(req))
    const login = parseLoginRequest(flow, scan.defaultScope, req, 'login')
    if (scan.isPhone(req)) sendToWechat(flow, req, res, login)
    else sendCode(req, res, login)
  }

  function sendCode(
    req: Request,
    res: Response,
    { returnUrl, scope }: Pick<Parameters<typeof tickets.create>[0], 'returnUrl' | 'scope'>,
  ): void {
    const loginNonce = cookies.ensureLoginNonce(req, res)
    const deviceCode = toDeviceCode(req.get('user-agent') ?? '')
    const { ticket, id } = tickets.create({ loginNonce, returnUrl, scope, deviceCode })
    cookies.keepReturnUrl(req, res, id, returnUrl)
    const origin = publicOrigin.get(req)
    const loginPath = flow.loginPath(req)
    const query = new URLSearchParams({ ...(returnUrl !== '' && { state: returnUrl }), scope })
    sendDesktopPage(res, {
      language: readLanguage(req),
      site: new URL(origin).host,
      digits: tickets.digitsOf({ id }),
      ticketUrl: `${origin}${loginPath}/scan/${ticket}`,
      ticketPath: `${loginPath}/scan/${ticket}`,
      logoutPath: `${loginPath}/logout`,
      againPath: `${loginPath}/scan?${query}`,
      simulatorOrigins: scan.simulatorOrigins,
    })
  }

  /** `GET …/{ticket}/status?seen={status}` waits up to 20 s for a status other than `seen`, if that is given. */
  async function status(req: Request, res: Response): Promise<void> {
    const { ticket } = requireOwnTicket(req)
    const current = await waitForStatus(ticket, readFirstQueryValue(req, 'seen'), req, res)
    if (current !== undefined) sendPrivate(res, { status: current })
  }

  /** `POST …/{ticket}/finish` logs the desktop in after the phone has confirmed. */
  async function finish(req: Request, res: Response): Promise<void> {
    scan.assertOwnOrigin(req)
    const { ticket, returnUrl } = requireOwnTicket(req)
    assertSessionCanKeepLogin(req, publicOrigin.isDowngraded(req))
    const confirmed = await store.takeLogin(ticket)
    // The desktop gets no `loginId`: its logout would end the stored outcome of the phone's login.
    const login = { ...confirmed, loginId: undefined, loggedInAt: context.clock.wallMs() }
    const values = await runLoginHook(flow, req, login, 'scan')
    await storeLogin(flow, req, res, { login, values, via: 'scan', isRepeat: false })
    sendPrivate(res, {
      url: withFragment(returnUrl || flow.defaultReturnUrl(req)),
      name: await scan.readAccountName(req, login, readLanguage(req)),
    })
  }

  return { page, status, finish }
}
