import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { isSafeDomain } from '../platform/domains.js'
import { type MediaType, mediaRules } from '../platform/media-type.js'
import { verifyPage } from '../platform/page-verification.js'
import type { Platform } from '../platform/platform.js'
import { answerControl, readControlBody } from './control-answer.js'
import { queryOf } from './endpoint.js'
import { isOurs } from './refuse-strangers.js'
import { readBody } from './request-body.js'

const pageConfig = z.object({
  appId: z.string(),
  // The page may hold it as a number; the script sends a string.
  timestamp: z.coerce.string(),
  nonceStr: z.string(),
  signature: z.string(),
  url: z.string(),
  jsApiList: z.array(z.string()),
})

const recordedTypes: readonly MediaType[] = ['image', 'voice']

/**
 * What the WeChat client does for a page that runs in it: verify its signature, take what it recorded, hand out what it
 * downloads. The page's origin is the app's, so these answer across origins, to pages of the account's safe domains.
 */
export function createPageRoutes(platform: Platform): Router {
  const { media } = platform
  const router = Router({ caseSensitive: true, strict: true })
  router.use('/simulator/page', allowPages(platform))

  router.post(
    '/simulator/page/preverify',
    answerControl(async req => verifyPage(platform, await readControlBody(req, pageConfig))),
  )

  // The file itself is the body. `highQualityOf` adds the 16 kHz recording to a voice that is there already.
  router.post(
    '/simulator/page/media',
    answerControl(async req => {
      const query = queryOf(req)
      const type = recordedTypes.find(candidate => candidate === query.get('type'))
      const data = await readBody(req)
      if (!type) throw new TypeError('"type" must be image or voice')
      if (data.length === 0 || data.length > mediaRules[type].maxBytes) {
        throw new TypeError(`the body must be 1 to ${mediaRules[type].maxBytes} bytes`)
      }
      const mediaId = query.get('highQualityOf')
      if (mediaId === null) return { media_id: media.store({ type, data }).mediaId }
      media.get(mediaId).highQuality = data
      return { media_id: mediaId }
    }),
  )

  router.get('/simulator/page/media/:mediaId', (req, res) => {
    try {
      const { data, contentType } = media.get(String(req.params.mediaId))
      res.set({ 'Content-Type': contentType, 'Content-Security-Policy': "default-src 'none'; sandbox" })
      res.end(data)
    } catch {
      res.status(404).json({ error: 'There is no such media, or no longer.' })
    }
  })

  return router
}

function allowPages(platform: Platform): RequestHandler {
  return function onlySafePages(req, res, next) {
    const origin = req.get('origin')
    const isSafe =
      origin === undefined ||
      isOurs(platform, origin) ||
      (URL.canParse(origin) && isSafeDomain(new URL(origin), platform.behaviour.safeDomains))
    if (!isSafe || !isOurs(platform, `http://${req.get('host') ?? ''}`)) {
      res.status(403).json({ error: 'This origin is not a safe domain of the account.' })
      return
    }
    res.set('Vary', 'Origin')
    if (origin !== undefined) res.set('Access-Control-Allow-Origin', origin)
    if (req.method !== 'OPTIONS') return next()
    res
      .status(204)
      .set({
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'Content-Type',
        // Browsers ask this before a page of another network may call this machine.
        'Access-Control-Allow-Private-Network': 'true',
      })
      .end()
  }
}
