import type { Request, Response } from 'express'
import { sendErrorPage } from '../http/error-page.js'

/**
 * Whether the User-Agent is that of WeChat's browser. The browser of WeCom (企业微信) names WeChat too, but does not
 * count, because it can't pass the login of an Official Account.
 */
export function isInsideWechat(req: Request): boolean {
  const userAgent = req.get('user-agent') ?? ''
  return /micromessenger/i.test(userAgent) && !/wxwork/i.test(userAgent)
}

/**
 * Whether the browser shows the page in a frame, as the simulator's phone does, whose User-Agent is that of the
 * developer's browser. Callers use this only in development.
 */
export function isInSimulatedPhone(req: Request): boolean {
  return req.get('sec-fetch-dest') === 'iframe'
}

/** Sends the page for browsers that can't pass WeChat's login. */
export function sendOpenInWechatPage(res: Response): void {
  sendErrorPage(res, {
    status: 403,
    title: '请在微信中打开',
    text: '这个页面需要微信登录，请在微信客户端打开链接。',
    english: {
      title: 'Please open this page in WeChat',
      text: 'This page needs a WeChat login. Please open its link in the WeChat app.',
      linkLabel: '',
    },
  })
}
