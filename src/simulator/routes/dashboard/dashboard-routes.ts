import { type Request, Router } from 'express'
import { isSafeDomain } from '../../platform/domains.js'
import type { Platform } from '../../platform/platform.js'
import { sendDashboardPage } from '../../views/dashboard-page.js'
import { preferredLanguage } from '../../views/page.js'
import { readQuery } from '../api/endpoint.js'
import { isLocalAddress, localhostOnly } from '../localhost-only.js'
import { forgetPerson, rememberPerson } from '../login/person-cookie.js'
import { readForm } from '../request-body.js'

const words = {
  zh: { dashboard: '微信模拟器 · 控制台', phone: '微信模拟器 · 手机' },
  en: { dashboard: 'WeChat simulator · dashboard', phone: 'WeChat simulator · phone' },
} as const

/** What a developer opens: the dashboard, a phone that shows a page, and the choice of who uses the phone. */
export function createDashboardRoutes(platform: Platform): Router {
  const { config, controlKey, people } = platform
  const router = Router({ caseSensitive: true, strict: true })
  const onlyThisMachine = localhostOnly(platform)

  router.get('/', onlyThisMachine, (req, res) => {
    const language = preferredLanguage(req)
    sendDashboardPage(res, {
      language,
      name: 'dashboard',
      title: words[language].dashboard,
      baseUrl: req.baseUrl,
      controlKey,
    })
  })

  router.get('/phone', onlyThisMachine, (req, res) => {
    const language = preferredLanguage(req)
    sendDashboardPage(res, {
      language,
      name: 'phone',
      title: words[language].phone,
      baseUrl: req.baseUrl,
      controlKey,
      frameSources: ["'self'", ...loopbackSources, ...pageSource(req)],
    })
  })

  router.post('/', onlyThisMachine, (req, res, next) => {
    readForm(req).then(form => {
      const person = people.get(form.get('person') ?? '')
      if (person && !form.has('forget')) rememberPerson(res, person)
      else forgetPerson(res)
      res.status(303).set('Location', `${req.baseUrl}/`).end()
    }, next)
  })

  /** The origin of the page, if the phone may frame it: only the account's sites, as the frame gets the microphone. */
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

// A login may lead through other ports and other names of this machine.
const loopbackSources = ['localhost', '127.0.0.1'].flatMap(host => [`http://${host}:*`, `https://${host}:*`])
