import type { Response } from 'express'
import { catalogueEntry } from '../errors/catalogue.js'
import { type WechatError, WechatRequestError } from '../errors/errors.js'
import { sendErrorPage } from '../http/error-page.js'
import type { WechatAccount } from '../wechat-api/account.js'

export interface FailurePageOptions {
  /** The address at which the person can begin another login. */
  loginUrl: string
  /** The simulator's origins, which may frame the page; undefined if WeChat is not the simulator. */
  simulatorOrigins: string | undefined
}

/** The English texts of errors for people, by code. The Chinese ones are in the catalogue of errors. */
const ENGLISH_TEXTS = new Map([
  ['login_refused', 'You declined the login in WeChat.'],
  ['bad_callback', 'This login is not valid. Please log in again.'],
  ['login_cookies_lost', 'The login failed. Please allow cookies in this browser, and try again.'],
  ['snapshot_user', 'This is a snapshot page. Tap 使用完整服务 at the bottom of the page, and try again.'],
  ['scope_not_granted', 'This page needs your permission to read your WeChat profile.'],
  ['login_hook_failed', 'The login did not finish. Please try again later.'],
  ['login_hook_timeout', 'The login did not finish. Please try again later.'],
  ['login_not_kept', 'Your login was not saved. Please try again.'],
  ['login_lost', 'Your login was not saved. Please log in again.'],
  ['gateway_cookie_missing', 'Your login was not saved. Please try again.'],
  ['scan_ticket_invalid', 'This code is not valid. Please show a new code on the computer, and scan it.'],
  ['scan_ticket_ended', 'This code has ended. Please show a new code on the computer, and scan it.'],
  ['scan_other_phone', 'Another phone has scanned this code. Please show a new code on the computer.'],
  ['scan_form_expired', 'This page has ended. Please scan the code again.'],
  ['scan_too_many', 'You have scanned too many codes. Please try again in two minutes.'],
  ['wechat_timeout', 'WeChat did not answer in time. Please try again later.'],
  ['wechat_unreachable', 'WeChat cannot be reached at the moment. Please try again later.'],
])

/** Sends the page of a login that failed, with a link to another one. */
export function sendFailurePage(
  res: Response,
  error: WechatError,
  { loginUrl, simulatorOrigins }: FailurePageOptions,
): void {
  sendErrorPage(res, {
    status: error.status,
    title: '登录没有完成',
    text: error.userMessage,
    link: { href: loginUrl, label: '重新登录' },
    english: { title: 'The login did not finish', text: describeInEnglish(error), linkLabel: 'Log in again' },
    simulator: describeForDevelopers(error, simulatorOrigins),
  })
}

/**
 * Sends the page for an error that another login does not remove. If the status is 500 or more, the next try can
 * succeed, so the page has a link to the same address.
 */
export function sendProblemPage(
  res: Response,
  error: WechatError,
  simulatorOrigins: string | undefined,
): void {
  const { status, retryAfterSeconds } = error
  if (status >= 500 && retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds))
  sendErrorPage(res, {
    status,
    title: '页面打不开',
    text: error.userMessage,
    // An empty `href` leads to the address of this page.
    ...(status >= 500 && { link: { href: '', label: '重试' } }),
    english: { title: 'This page cannot be opened', text: describeInEnglish(error), linkLabel: 'Try again' },
    simulator: describeForDevelopers(error, simulatorOrigins),
  })
}

/** The simulator's note for developers, and its origins, which may frame the page; undefined without the simulator. */
export function describeForDevelopers({ message }: WechatError, origins: string | undefined) {
  return origins === undefined
    ? undefined
    : { origins, note: `For developers, with the simulator: ${message}` }
}

/** The simulator's origins for a Content-Security-Policy. The simulator can be opened at 127.0.0.1 and localhost. */
export function readSimulatorOrigins({ isSimulated, openBaseUrl }: WechatAccount): string | undefined {
  if (!isSimulated) return undefined
  const { protocol, port } = new URL(openBaseUrl)
  return ['127.0.0.1', 'localhost'].map(host => `${protocol}//${host}${port && `:${port}`}`).join(' ')
}

/** Returns the English text of an error for people. The Chinese text is the error's `userMessage`. */
export function describeInEnglish(error: WechatError): string {
  const { code, status, userMessage } = error
  // If an app refuses a login, its own words are shown in every language, because there is no translation of them.
  if (error instanceof WechatRequestError && userMessage !== catalogueEntry(code)?.zh) return userMessage
  const text = ENGLISH_TEXTS.get(code)
  if (text !== undefined) return text
  return status < 500
    ? 'The request cannot be handled. Please log in again.'
    : 'The server cannot do this at the moment. Please try again later.'
}
