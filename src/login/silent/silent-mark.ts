import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import { readCookies } from '../../http/cookies.js'
import type { MarkKey } from '../redirect-loop.js'

/**
 * The mark of a page for which a silent login was tried. A guard that finds it passes a visitor on instead of trying
 * again. It is in the address of the page, since cookies may be off, and in a cookie, since an app may take the
 * parameter out of the address. It counts for five minutes and for one page.
 *
 * With the key of the app secret the mark carries a MAC. A forged mark only prevents a silent login.
 */
export interface SilentMark {
  /** Adds the mark to a page, which is a path or an address. */
  add(page: string, key: MarkKey | undefined): string
  /** Sets the cookie that holds the mark. */
  setCookie(req: Request, res: Response, page: string, key: MarkKey | undefined): void
  /** Whether the request has the mark of this page, in its address or in the cookie. */
  isOn(req: Request, page: string, key: MarkKey | undefined): boolean
  /** Returns the page without this mark, and otherwise unchanged. */
  remove(page: string): string
}

/** By how many characters a mark makes an address longer, at most, with the longest session key. */
export const SILENT_MARK_LENGTH = 155

const NAME = 'wechat-silent'
const ANY_PARAMETER = new RegExp(`(?<=[?&])${NAME}[\\w-]{0,65}=[^&#]*&?`, 'g')
const VALUE = /^(([0-9a-z]{1,12})-([\w-]{16}))(?:-([0-9a-f]{40}))?$/
const MAX_AGE_MS = 5 * 60_000

/** Makes the mark of one session key. Each account has a key of its own in the session, and so its own mark. */
export function createSilentMark(sessionKey: string): SilentMark {
  const name = sessionKey === 'wechat' ? NAME : `${NAME}-${sessionKey}`
  const parameter = new RegExp(`(?<=[?&])${name}=([^&#]*)(?:&|(?=#)|$)`)

  function make(page: string, key: MarkKey | undefined): string {
    const text = `${Date.now().toString(36)}-${hashPage(page)}`
    return key ? `${text}-${key.sign('silent', text)}` : text
  }

  function remove(page: string): string {
    return parameter.test(page) ? page.replace(parameter, '').replace(/[?&]$/, '') : page
  }

  return {
    add(page, key) {
      const plainPage = remove(page)
      return `${plainPage}${plainPage.includes('?') ? '&' : '?'}${name}=${make(page, key)}`
    },
    setCookie(req, res, page, key) {
      res.cookie(name, make(page, key), {
        httpOnly: true,
        sameSite: 'lax',
        secure: req.secure,
        path: '/',
        maxAge: MAX_AGE_MS,
        encode: String,
      })
    },
    isOn(req, page, key) {
      const values = [parameter.exec(req.originalUrl)?.[1], readCookies(req).get(name)]
      return values.some(value => value !== undefined && isMark(value, page, key))
    },
    remove,
  }
}

function isMark(value: string, page: string, key: MarkKey | undefined): boolean {
  const [, text = '', setAt = '', pageHash = '', signature = ''] = VALUE.exec(value) ?? []
  if (pageHash !== hashPage(page)) return false
  if (key && !key.verify('silent', text, signature)) return false
  return Math.abs(Date.now() - Number.parseInt(setAt, 36)) < MAX_AGE_MS
}

/**
 * Hashes a page without its marks, in the spelling of browsers, because browsers change the spelling of some addresses.
 */
function hashPage(page: string): string {
  const url = URL.parse(page, 'http://localhost')
  const path = url ? url.pathname + url.search : page
  const plainPath = path.replace(ANY_PARAMETER, '').replace(/[?&]$/, '')
  return createHash('sha256').update(plainPath).digest('base64url').slice(0, 16)
}
