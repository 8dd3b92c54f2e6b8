import type { ErrorRequestHandler } from 'express'
import { toErrorBody, WechatError } from 'express-wechat'
import { problemPage } from './problem-page.ts'

/** An error with a code for the page and a sentence for the person. */
export class Problem extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/**
 * Sends every error in the shape that the middlewares of express-wechat use: `{status, msg, data}`. A browser that
 * navigates gets a page with the same sentence instead.
 */
export const sendProblem: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) return next(error)
  const body = describe(error)
  if (body.status >= 500) console.error(error)
  res.status(body.status).vary('Accept')
  // Only a navigation accepts `text/html` by name. A page's own requests accept JSON, or everything.
  if (!/\btext\/html\b/.test(req.get('Accept') ?? '')) return void res.json(body)
  res.vary('Accept-Language').send(problemPage(body, req.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'))
}

function describe(error: unknown) {
  if (error instanceof Problem) {
    return { status: error.status, msg: error.message, data: { reason: error.reason } }
  }
  if (error instanceof WechatError) return toErrorBody(error)
  // Errors of Express's body parsers have a status of 400 or 413.
  const { status } = (error ?? {}) as { status?: unknown }
  if (status === 400 || status === 413) return { status, msg: '请求内容不正确', data: null }
  return { status: 500, msg: '服务暂时不可用，请稍后再试', data: null }
}
