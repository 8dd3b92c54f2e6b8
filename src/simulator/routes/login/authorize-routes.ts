import { type Request, type Response, Router } from 'express'
import { type AuthorizeRequest, checkAuthorizeQuery } from '../../platform/login/authorization.js'
import type { Person } from '../../platform/people.js'
import type { Platform } from '../../platform/platform.js'
import { isWechatUserAgent } from '../../protocol/identity.js'
import {
  type AuthorizeFailure,
  authorizePage,
  closedPage,
  doubleCallbackPage,
  errorPage,
  outsidePage,
} from '../../views/authorize-page.js'
import { preferredLanguage, sendPage } from '../../views/page.js'
import { getHistoryEntry, readQuery } from '../api/endpoint.js'
import { localhostOnly } from '../localhost-only.js'
import { readForm } from '../request-body.js'
import { readPersonId, rememberPerson } from './person-cookie.js'

export const authorizePath = '/connect/oauth2/authorize'

/** The pages of a login that the user of the phone sees. */
export function createAuthorizeRoutes(platform: Platform): Router {
  const { account, config, people } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.get(authorizePath, (req, res) => {
    if (config.requireWechatUserAgent && !isWechatUserAgent(req.get('user-agent') ?? '')) {
      return sendPage(res, outsidePage(preferredLanguage(req)))
    }
    const request = acceptedRequest(req, res)
    if (!request) return

    const known = people.get(request.personId ?? readPersonId(req) ?? '')
    const chosen = automaticPerson() ?? known
    const isSilent =
      config.autoApprove !== false ||
      request.forceSnapshot ||
      request.scope === 'snsapi_base' ||
      (config.silentForFollowers && chosen?.isFollower === true)
    if (chosen && isSilent)
      return leave(req, res, request, { person: chosen, isRefused: false, isSnapshot: false })

    sendPage(res, authorizePage(preferredLanguage(req), { request, people: people.list(), chosen: known }))
  })

  // The form of the page posts to the same address with its query, so the server keeps no state in between.
  router.post(authorizePath, localhostOnly(platform), (req, res, next) => {
    readForm(req).then(form => {
      const request = acceptedRequest(req, res)
      if (!request) return
      const person = people.get(form.get('person') ?? '')
      if (!person) {
        sendPage(
          res,
          authorizePage(preferredLanguage(req), { request, people: people.list(), chosen: undefined }),
          400,
        )
        return
      }
      rememberPerson(res, person)
      leave(req, res, request, {
        person,
        isRefused: form.get('decision') === 'refuse',
        isSnapshot: form.has('snapshot'),
        isDouble: form.has('twice'),
      })
    }, next)
  })

  function automaticPerson(): Person | undefined {
    const { autoApprove } = config
    if (autoApprove === false) return undefined
    return autoApprove === true ? people.list()[0] : people.get(autoApprove)
  }

  /** With `cookieLoss`, the browser deletes this host's cookies, that of the chosen person too, as WeChat's sometimes does. */
  function loseCookies(res: Response) {
    if (config.cookieLoss === 'off') return
    if (config.cookieLoss === 'once') platform.configure({ cookieLoss: 'off' })
    res.setHeader('Clear-Site-Data', '"cookies"')
  }

  function acceptedRequest(req: Request, res: Response): AuthorizeRequest | undefined {
    const check = checkAuthorizeQuery(readQuery(req), account.appId, config)
    if (!check.isAcceptable) {
      sendErrorPage(req, res, check)
      return undefined
    }
    const entry = getHistoryEntry(res)
    const { warnings, warningsZh } = check.request
    if (entry && warnings.length > 0) Object.assign(entry, { warnings, warningsZh })
    return check.request
  }

  function leave(
    req: Request,
    res: Response,
    request: AuthorizeRequest,
    choice: { person: Person; isRefused: boolean; isSnapshot: boolean; isDouble?: boolean },
  ) {
    if (config.testAccount && !choice.person.isFollower) {
      return sendErrorPage(req, res, {
        errorPage: 10006,
        reason: 'only followers of a test account can log in',
        reasonZh: '测试号只允许关注者登录',
      })
    }
    const callback = platform.callbackAfter(request, choice)
    if (callback === undefined) {
      return sendPage(res, closedPage(preferredLanguage(req), req.originalUrl))
    }

    loseCookies(res)
    const times = choice.isDouble ? 'same-code' : config.doubleCallback
    if (times !== 'off' && !choice.isRefused) {
      const second = times === 'same-code' ? callback : (platform.callbackAfter(request, choice) ?? callback)
      return sendPage(res, doubleCallbackPage(preferredLanguage(req), callback, second))
    }
    // `res.redirect()` would encode the address again, but the platform returns it unchanged.
    res.status(302).setHeader('Location', callback)
    res.setHeader('Cache-Control', 'no-store')
    res.end()
  }

  return router
}

/** Ends a login on WeChat's own page, without a callback to the app. */
export function sendErrorPage(req: Request, res: Response, error: AuthorizeFailure): void {
  const entry = getHistoryEntry(res)
  if (entry && error.errorPage !== undefined) entry.errorPage = error.errorPage
  sendPage(res, errorPage(preferredLanguage(req), error))
}
