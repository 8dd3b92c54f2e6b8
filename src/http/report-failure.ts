import { channel } from 'node:diagnostics_channel'
import { WechatApiError, type WechatError, WechatUpstreamError } from '../errors/errors.js'

const failures = channel('express-wechat:request-failed')

/**
 * What the diagnostics channel `express-wechat:request-failed` publishes: why a request ended with a 5xx, why
 * `onLogin` refused a login, or why `onLogout` failed. It holds nothing of the request itself.
 */
export interface WechatRequestFailure {
  code: string
  status: number
  /** A message for developers. It can hold this server's IP address, if WeChat's answer names it. */
  message: string
  /** The path of WeChat's API that failed. */
  endpoint?: string
  errcode?: number
}

/**
 * Reports failures to operators, since the answer does not explain them: each failure is published on a diagnostics
 * channel. The first failure of each kind is also a warning of the process, once per handler, because a new app has no
 * listener on that channel yet. A kind is the error's `code`, with WeChat's `errcode` if there is one.
 */
export function createFailureReporter(): (error: WechatError) => void {
  const warned = new Set<string>()

  return function reportFailure(error) {
    if (error.status < 500) return
    publishFailure(error)
    const kind = `${error.code} ${error instanceof WechatApiError ? error.errcode : ''}`
    if (warned.has(kind)) return
    warned.add(kind)
    process.emitWarning(error.message, { type: 'WechatWarning', code: error.code })
  }
}

/** Publishes one failure on the diagnostics channel, whatever its status. */
export function publishFailure(error: WechatError): void {
  const failure: WechatRequestFailure = {
    code: error.code,
    status: error.status,
    message: error.message,
    ...(error instanceof WechatUpstreamError && { endpoint: error.endpoint }),
    ...(error instanceof WechatApiError && { endpoint: error.endpoint, errcode: error.errcode }),
  }
  failures.publish(failure)
}
