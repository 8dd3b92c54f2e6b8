import { Router } from 'express'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { answerWith } from '../api/endpoint.js'

const ok = { json: { errcode: 0, errmsg: 'ok' } }

/** The endpoints that create, read and delete the account's custom menu. */
export function createMenuRoutes(platform: Platform): Router {
  const { accessTokens, messages, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.all(
    '/cgi-bin/menu/create',
    answerWith(platform, 'POST', async call => {
      const { button } = await call.jsonBody()
      accessTokens.check(call.query.get('access_token'))
      quota.spend(call.path)
      messages.menu.create(button)
      return ok
    }),
  )

  router.all(
    '/cgi-bin/menu/get',
    answerWith(platform, 'GET', ({ path, query }) => {
      accessTokens.check(query.get('access_token'))
      quota.spend(path)
      const { buttons } = messages.menu
      if (buttons.length === 0) throw new Refusal(46003)
      return { json: { menu: { button: buttons } } }
    }),
  )

  router.all(
    '/cgi-bin/menu/delete',
    answerWith(platform, 'GET', ({ path, query }) => {
      accessTokens.check(query.get('access_token'))
      quota.spend(path)
      messages.menu.remove()
      return ok
    }),
  )

  return router
}
