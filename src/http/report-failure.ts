import { channel } from 'node:diagnostics_channel'
import { WechatApiError, type WechatError, WechatUpstreamError } from '../errors/errors.js'

/** What `express-wechat:request-failed` carries: why a request ended with a 5xx, and nothing of what it held. */
export interface RequestFailure {
  code: string
  status: number
  /** For developers; it can hold this server's address, where WeChat tells it. */
  message: string
  /** The path of WeChat's API. */
  endpoint?: string
  errcode?: number
}

/**
 * Tells operators what the answer does not: each failure is published on a diagnostics channel. The first one of each
 * kind is a warning of the process too, once per handler, because a new app has no listener on that channel yet. A kind
 * is the error's `code`, with WeChat's `errcode` if there is one.
 */
export function createFailureReporter(): (error: WechatError) => void {
  const failures = channel('express-wechat:request-failed')
  const warned = new Set<string>()

  return function reportFailure(error) {
    if (error.status < 500) return
    const failure: RequestFailure = {
      code: error.code,
      status: error.status,
      message: error.message,
      ...(error instanceof WechatUpstreamError && { endpoint: error.endpoint }),
      ...(error instanceof WechatApiError && { endpoint: error.endpoint, errcode: error.errcode }),
    }
    failures.publish(failure)
    const kind = `${error.code} ${failure.errcode ?? ''}`
    if (warned.has(kind)) return
    warned.add(kind)
    process.emitWarning(error.message, { type: 'WechatWarning', code: error.code })
  }
}
