import type { Request, Response } from 'express'
import type { WechatError } from '../../errors/errors.js'
import { prefersHtml, readFirstQueryValue } from '../../http/request.js'
import { sendError } from '../../http/respond.js'
import { readSimulatorOrigins, sendFailurePage } from '../failure-page.js'
import type { LoginFlow } from './login-flow.js'

/** Answers an error of WeChat's callback with a page that offers another login, because persons open callbacks. */
export function answerCallbackError(flow: LoginFlow, error: WechatError, req: Request, res: Response): void {
  if (res.headersSent || !prefersHtml(req)) {
    sendError(res, error)
    return
  }
  const returnUrl = readPageOfLogin(flow, req)
  const query = returnUrl === '' ? '' : `?state=${encodeURIComponent(returnUrl)}`
  sendFailurePage(res, error, {
    loginUrl: flow.loginPath(req) + query,
    simulatorOrigins: readSimulatorOrigins(flow.context.account),
  })
}

/** The page of the login that failed; empty if the state or the page's cookie is not acceptable. */
function readPageOfLogin({ states, cookies }: LoginFlow, req: Request): string {
  const state = states.parse(readFirstQueryValue(req, 'state') ?? '')
  return state ? cookies.readReturnUrl(req, state.id) : ''
}
