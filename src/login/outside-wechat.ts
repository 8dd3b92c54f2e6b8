import type { Request, Response } from 'express'
import { sendErrorPage } from '../http/error-page.js'

/** Whether the browser is WeChat's own, which its User-Agent says. */
export function isInsideWechat(req: Request): boolean {
  return /micromessenger/i.test(req.get('user-agent') ?? '')
}

/** Sends the page for browsers that can't pass WeChat's login. */
export function sendOpenInWechatPage(res: Response): void {
  sendErrorPage(res, {
    status: 403,
    title: '请在微信中打开',
    text: '这个页面需要微信登录，请在微信客户端打开链接。',
  })
}
