import { Router } from 'express'
import { homePage } from '../pages/home-page.js'
import { preferredLanguage, sendPage } from '../pages/page.js'
import type { Platform } from '../platform/platform.js'
import { forgetPerson, personIn, rememberPerson } from './person-cookie.js'
import { refuseStrangers } from './refuse-strangers.js'
import { readForm } from './request-body.js'

/** The simulator's own front door: what it is, and who is at the phone. */
export function createHomeRoutes(platform: Platform): Router {
  const { account, people } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/', (req, res) => {
    const chosen = people.get(personIn(req) ?? '')
    sendPage(res, homePage(preferredLanguage(req), { appId: account.appId, people: people.list(), chosen }))
  })

  router.post('/', refuseStrangers(platform), (req, res, next) => {
    readForm(req).then(form => {
      const person = people.get(form.get('person') ?? '')
      if (person && !form.has('forget')) rememberPerson(res, person)
      else forgetPerson(res)
      res.status(303).set('Location', `${req.baseUrl}/`).end()
    }, next)
  })

  return router
}
