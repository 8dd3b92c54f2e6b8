import { createOutgoingNetwork } from '../../../wechat-api/network/outgoing-network.js'
import { createSender } from '../../../wechat-api/transport/create-sender.js'
import { readErrorCode } from '../../../wechat-api/transport/transport-error.js'
import type { CookieJar } from './cookie-jar.js'

export interface PageAnswer {
  url: URL
  status: number
  text: string
  /** The address to which the page redirects; undefined if it does not. */
  location: URL | undefined
  /** The names of the cookies that the page sets. */
  setCookies: readonly string[]
}

export interface VisitOptions {
  /** Whether the browser comes from a page of another site, such as WeChat's authorize page. @default false */
  isFromOtherSite?: boolean
}

/** Visits pages as the browser of WeChat does, one at a time. No redirect is followed. */
export interface SiteVisitor {
  /** Requests a page with the jar's cookies, and keeps those that it sets. @throws {VisitError} if there is no answer */
  visit(url: URL, jar?: CookieJar, options?: VisitOptions): Promise<PageAnswer>
  close(): void
}

/** The error of a visit without an answer. `code` is that of the network or TLS failure, such as `ECONNREFUSED`. */
export class VisitError extends Error {
  readonly code: string

  constructor(code: string) {
    super(`no answer (${code})`)
    this.code = code
  }
}

/** Why a visit failed: the code of its {@link VisitError}. */
export function readVisitCode(error: unknown): string {
  return error instanceof VisitError ? error.code : 'unknown'
}

const TIMEOUT_MS = 10_000
const MAX_PAGE_BYTES = 2_097_152
const HEADERS = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'accept-encoding': 'identity',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'user-agent':
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50 express-wechat-doctor',
}

/** Visits do not use WECHAT_PROXY_URL, because that proxy is for calls to WeChat alone. */
export function createSiteVisitor(environment: NodeJS.ProcessEnv): SiteVisitor {
  const network = createOutgoingNetwork({
    proxy: undefined,
    environment,
    family: undefined,
    privateOrigins: [],
    connectTimeoutMs: TIMEOUT_MS / 2,
  })
  const sendOnce = createSender(network, TIMEOUT_MS / 2)

  return {
    async visit(url, jar, { isFromOtherSite = false } = {}) {
      const cookie = jar?.header(url, isFromOtherSite)
      try {
        const { statusCode, headers, body } = await sendOnce({
          connection: 'single',
          url: url.href,
          method: 'GET',
          headers: { ...HEADERS, ...(cookie !== undefined && { cookie }) },
          requestTimeoutMs: TIMEOUT_MS,
          maxAnswerBytes: MAX_PAGE_BYTES,
        })
        if (headers['clear-site-data']?.includes('"cookies"')) jar?.clear(url)
        const location = statusCode >= 300 && statusCode < 400 ? headers.location : undefined
        return {
          url,
          status: statusCode,
          text: Buffer.from(body).toString('utf8'),
          location: location === undefined ? undefined : (URL.parse(location, url.href) ?? undefined),
          setCookies: jar?.store(url, headers['set-cookie'] ?? []) ?? [],
        }
      } catch (error) {
        throw new VisitError(readErrorCode(error))
      }
    },
    close: () => network.close(),
  }
}
