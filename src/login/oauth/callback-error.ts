import type { Request, Response } from 'express'
import type { WechatError } from '../../errors/errors.js'
import { sendErrorPage } from '../../http/error-page.js'
import { prefersHtml, readFirstQueryValue } from '../../http/request.js'
import { sendError } from '../../http/respond.js'
import type { LoginFlow } from './login-flow.js'

/** Answers an error of WeChat's callback with a page that offers another login, because persons open callbacks. */
export function answerCallbackError(flow: LoginFlow, error: WechatError, req: Request, res: Response): void {
  if (res.headersSent || !prefersHtml(req)) {
    sendError(res, error)
    return
  }
  const returnUrl = readPageOfLogin(flow, req)
  const query = returnUrl === '' ? '' : `?state=${encodeURIComponent(returnUrl)}`
  sendErrorPage(res, {
    status: error.status,
    title: '登录没有完成',
    text: error.userMessage,
    link: { href: `${flow.loginPath(req)}${query}`, label: '重新登录' },
  })
}

/** The page of the login that failed; empty if the state or the page's cookie is not acceptable. */
function readPageOfLogin({ states, cookies }: LoginFlow, req: Request): string {
  const state = states.parse(readFirstQueryValue(req, 'state') ?? '')
  return state ? cookies.readReturnUrl(req, state.id) : ''
}
