import type { Request, Response } from 'express'
import type { WechatError } from '../../errors/errors.js'
import { sendErrorPage } from '../../http/error-page.js'
import { prefersHtml, readFirstQueryValue } from '../../http/request.js'
import { sendError } from '../../http/respond.js'
import { describeForDevelopers, readSimulatorOrigins, sendFailurePage } from '../failure-page.js'
import type { LoginFlow } from './login-flow.js'

/** Answers an error of WeChat's callback with a page that offers another login, or with JSON if the client prefers it. */
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

/** Answers a login that begins over plain http with a page that leads to the same login over https. */
export function answerPlainHttp(flow: LoginFlow, error: WechatError, req: Request, res: Response): void {
  if (!prefersHtml(req)) {
    sendError(res, error)
    return
  }
  const query = req.originalUrl.slice(req.originalUrl.split('?')[0]?.length)
  sendErrorPage(res, {
    status: error.status,
    title: '登录没有完成',
    text: error.userMessage,
    link: { href: `${flow.publicOrigin.get(req)}${flow.loginPath(req)}${query}`, label: '使用 https 登录' },
    english: {
      title: 'The login did not finish',
      text: 'Please open this page over https.',
      linkLabel: 'Log in over https',
    },
    simulator: describeForDevelopers(error, readSimulatorOrigins(flow.context.account)),
  })
}

/** The page of the login that failed; empty if the state or the page's cookie is not acceptable. */
function readPageOfLogin({ states, cookies }: LoginFlow, req: Request): string {
  const state = states.parse(readFirstQueryValue(req, 'state') ?? '')
  return state ? cookies.readReturnUrl(req, state.id) : ''
}
