import { type Request, Router } from 'express'
import { isSafeDomain } from '../../platform/domains.js'
import type { Platform } from '../../platform/platform.js'
import { sendDashboardPage } from '../../views/dashboard-page.js'
import { preferredLanguage } from '../../views/page.js'
import { readQuery } from '../api/endpoint.js'
import { isLocalAddress, localhostOnly } from '../localhost-only.js'
import { forgetPerson, rememberPerson } from '../login/person-cookie.js'
import { readForm } from '../request-body.js'
import { isForFrame, underNameOfPage } from './host-name.js'

const titles = { zh: '微信模拟器', en: 'WeChat simulator' } as const

/** The pages that a developer opens: the dashboard with the phone, and the choice of the person who uses the phone. */
export function createDashboardRoutes(platform: Platform): Router {
  const { config, controlKey, history, people } = platform
  const router = Router({ caseSensitive: true, strict: true })
  const onlyThisMachine = localhostOnly(platform)

  // `/phone` is the address that apps print. It shows the same page as `/`.
  router.get(['/', '/phone'], onlyThisMachine, underNameOfPage('url'), (req, res) => {
    const language = preferredLanguage(req)
    sendDashboardPage(res, {
      language,
      title: titles[language],
      baseUrl: req.baseUrl,
      controlKey,
      lastCallId: history.entries.at(-1)?.id ?? 0,
      frameSources: ["'self'", ...loopbackSources, ...pageSource(req)],
    })
  })

  // This redirect to another name of the same address is not recorded, because this route precedes `recordCall`.
  const toNameOfPage = underNameOfPage('redirect_uri')
  router.get('/connect/oauth2/authorize', (req, res, next) => {
    if (isForFrame(req)) toNameOfPage(req, res, next)
    else next()
  })

  router.post('/', onlyThisMachine, (req, res, next) => {
    readForm(req).then(form => {
      const person = people.get(form.get('person') ?? '')
      if (person && !form.has('forget')) rememberPerson(res, person)
      else forgetPerson(res)
      res.status(303).set('Location', `${req.baseUrl}/`).end()
    }, next)
  })

  /** Returns the page's origin if the phone may frame it: a local page or a safe domain, as frames get the microphone. */
  function pageSource(req: Request): string[] {
    const address = readQuery(req).get('url') ?? ''
    if (!URL.canParse(address)) return []
    const url = new URL(address)
    const isPage = url.protocol === 'http:' || url.protocol === 'https:'
    return isPage && (isLocalAddress(platform, url.href) || isSafeDomain(url, config.safeDomains))
      ? [url.origin]
      : []
  }

  return router
}

// The frame may show both names and all ports of this machine, because a login may lead through several.
const loopbackSources = ['localhost', '127.0.0.1'].flatMap(host => [`http://${host}:*`, `https://${host}:*`])
