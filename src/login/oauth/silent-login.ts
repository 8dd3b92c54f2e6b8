import type { Request, Response } from 'express'
import { WechatError } from '../../errors/errors.js'
import { readFirstQueryValue } from '../../http/request.js'
import { redirect } from '../../http/respond.js'
import { describeError } from '../../util/debug.js'
import { noteOutcome } from '../../util/debug-request.js'
import type { LoginFlow } from './login-flow.js'
import { returnToPage } from './return-to-page.js'

/** The value of `silent` in the address of a login that has set a cookie already. */
const PROBED = '2'

/**
 * Checks whether the browser keeps cookies before a silent login redirects to WeChat: without cookies, the callback
 * could neither be verified nor know its page. A browser without the login nonce gets it, and is redirected to the same
 * address once more. If the nonce does not come back, the visitor is redirected to the page.
 *
 * @returns whether the request was answered with a redirect
 */
export function probeCookies(flow: LoginFlow, req: Request, res: Response, returnUrl: string): boolean {
  if (flow.cookies.readLoginNonce(req) !== undefined) return false
  if (readFirstQueryValue(req, 'silent') === PROBED) {
    returnToPage(flow, req, res, { returnUrl, mode: 'silent' })
    return true
  }
  noteOutcome(req, 'redirected to the same login, to see whether the browser keeps cookies')
  flow.cookies.ensureLoginNonce(req, res)
  const query = new URL(req.url, 'http://localhost').searchParams
  query.set('silent', PROBED)
  redirect(res, `${flow.publicOrigin.get(req)}${flow.loginPath(req)}?${query}`)
  return true
}

/**
 * Ends a silent login that failed: reports the error to operators, and redirects the visitor to the page.
 * @throws the error itself, if it is no `WechatError`
 */
export function endSilently(
  flow: LoginFlow,
  req: Request,
  res: Response,
  { error, returnUrl }: { error: unknown; returnUrl: string },
): void {
  if (!(error instanceof WechatError)) throw error
  flow.reportFailure(error)
  noteOutcome(req, `returned to the page after a silent login that failed (${describeError(error)})`)
  returnToPage(flow, req, res, { returnUrl, mode: 'silent' })
}
