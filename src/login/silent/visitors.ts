import type { Request } from 'express'
import { WechatUnavailableError } from '../../errors/errors.js'
import { createFailureReporter } from '../../http/report-failure.js'
import { isPageRequest } from '../../http/request.js'
import type { FoundLogin, LoginSource } from '../login-source.js'
import { isInsideWechat } from '../outside-wechat.js'

/** What a guard with `optional` does for people who are not logged in. */
export interface Visitors {
  /** Finds the login of a request. A store or a gateway that is down is reported, and the person is a visitor. */
  find(req: Request): Promise<{ found: FoundLogin | undefined; isDown: boolean }>
  /** Whether this request begins a silent login: of a page, in a browser that can log in, and not tried before. */
  beginsSilentLogin(req: Request): boolean
}

export interface VisitorOptions {
  source: LoginSource
  silent: boolean
}

export function createVisitors({ source, silent }: VisitorOptions): Visitors {
  const reportFailure = createFailureReporter()

  return {
    async find(req) {
      try {
        return { found: await source.read(req), isDown: false }
      } catch (error) {
        if (!(error instanceof WechatUnavailableError)) throw error
        reportFailure(error)
        return { found: undefined, isDown: true }
      }
    },
    beginsSilentLogin(req) {
      if (!silent || !isPageRequest(req) || source.isLoginAddress(req)) return false
      return (isInsideWechat(req) || source.isOpenToAnyBrowser()) && !source.isSilentTried(req)
    },
  }
}
