import { Router } from 'express'
import type { Platform } from '../../platform/platform.js'
import { answerWith } from '../api/endpoint.js'

/** The endpoint that creates the account's QR codes with a scene (带参数二维码). */
export function createSceneCodeRoutes(platform: Platform): Router {
  const { accessTokens, messages, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.all(
    '/cgi-bin/qrcode/create',
    answerWith(platform, 'POST', async call => {
      const body = await call.jsonBody()
      accessTokens.check(call.query.get('access_token'))
      quota.spend(call.path)
      const { ticket, url, expireSeconds } = messages.sceneCodes.create(body)
      return {
        json: { ticket, ...(expireSeconds !== undefined && { expire_seconds: expireSeconds }), url },
      }
    }),
  )

  return router
}
