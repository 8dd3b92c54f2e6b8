import { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { isSafeDomain } from '../../platform/domains.js'
import { verifyPage } from '../../platform/jssdk/page-verification.js'
import type { MediaUpload, StoredMedia } from '../../platform/media.js'
import { mediaRules } from '../../platform/media-type.js'
import { verifyPaySign } from '../../platform/pay-sign.js'
import type { Platform } from '../../platform/platform.js'
import { type PaySignAnswer, profiles } from '../../protocol/bridge.js'
import { amrToWav, encodeAmr } from '../../voice/amr.js'
import { encodeSpeex } from '../../voice/speex.js'
import { readQuery } from '../api/endpoint.js'
import { answerControl, readControlBody } from '../control/control-answer.js'
import { isLocalAddress } from '../localhost-only.js'
import { readBody } from '../request-body.js'

const pageConfig = z.object({
  appId: z.string(),
  // A page can set a number or a string, so both are accepted. The official script sends a string.
  timestamp: z.coerce.string(),
  nonceStr: z.string(),
  signature: z.string(),
  url: z.string(),
  // `href` and `landingUrl` serve only the diagnosis of a wrong signature.
  href: z.string().default(''),
  landingUrl: z.string().default(''),
  profile: z.enum(profiles).default('android'),
  jsApiList: z.array(z.string()),
  openTagList: z.array(z.string()).default([]),
})

const payment = z.object({
  appId: z.coerce.string().default(''),
  timeStamp: z.coerce.string().default(''),
  nonceStr: z.coerce.string().default(''),
  package: z.coerce.string().default(''),
  signType: z.coerce.string().default(''),
  paySign: z.coerce.string().default(''),
})

const verificationPath = '/simulator/page/preverify'

/**
 * The routes that do for a page what WeChat's client does: verify its signature, store its uploads, send its downloads.
 * The page has the app's origin, so they answer CORS requests of pages of the account's safe domains.
 */
export function createBridgeRoutes(platform: Platform): Router {
  const { media } = platform
  const router = Router({ caseSensitive: true, strict: true })
  router.use('/simulator/page', allowPages(platform))

  router.post(
    verificationPath,
    answerControl(async req => verifyPage(platform, await readControlBody(req, pageConfig))),
  )

  router.post(
    '/simulator/page/pay-sign',
    answerControl(async (req): Promise<PaySignAnswer> => {
      const { payKey } = platform
      const given = await readControlBody(req, payment)
      return payKey === undefined ? {} : { signature: verifyPaySign(given, payKey) }
    }),
  )

  router.post(
    '/simulator/page/media',
    answerControl(async req => {
      const upload = await readUpload(req)
      if (upload.data.length === 0 || upload.data.length > mediaRules[upload.type].maxBytes) {
        throw new TypeError(`the file must be 1 to ${mediaRules[upload.type].maxBytes} bytes`)
      }
      return { media_id: media.store(upload).mediaId }
    }),
  )

  router.get('/simulator/page/media/:mediaId', (req, res, next) => {
    const stored = findMedia(platform, req)
    if (!stored) return void res.status(404).json({ error: 'There is no such media, or no longer.' })
    const isForPlaying = readQuery(req).get('format') === 'wav' && stored.contentType === 'audio/amr'
    if (!isForPlaying) return sendFile(res, stored.contentType, stored.data)
    amrToWav(stored.data).then(
      wav => sendFile(res, 'audio/wav', wav),
      (error: unknown) => {
        if (!(error instanceof TypeError)) return next(error)
        res.status(415).json({ error: error.message })
      },
    )
  })

  return router
}

/** Reads an image from the body. For a voice, encodes the recorded PCM in the body as AMR and speex, as a phone does. */
async function readUpload(req: Request): Promise<MediaUpload> {
  const query = readQuery(req)
  const type = query.get('type')
  const data = await readBody(req)
  if (type === 'image') return { type, data }
  if (type !== 'voice') throw new TypeError('"type" must be image or voice')

  const split = Number(query.get('split') ?? data.length + 1)
  if (!Number.isInteger(split) || split < 2 || split % 2 !== 0 || split > data.length) {
    throw new TypeError('"split" must say how many bytes of the body are PCM at 8 kHz')
  }
  const highQuality = await encodeSpeex(data.subarray(split))
  const amr = await encodeAmr(data.subarray(0, split))
  return { type, data: amr, ...(highQuality ? { highQuality } : {}) }
}

function findMedia({ media }: Platform, req: Request): StoredMedia | undefined {
  try {
    return media.get(String(req.params.mediaId))
  } catch {
    return undefined
  }
}

function sendFile(res: Response, contentType: string, data: Buffer): void {
  res.set({
    'Content-Type': contentType,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(data)
}

function allowPages(platform: Platform): RequestHandler {
  return function onlySafePages(req, res, next) {
    const origin = req.get('origin')
    const isSafe =
      origin === undefined ||
      isLocalAddress(platform, origin) ||
      // A page outside the safe domains may read the result of the verification, which tells it so.
      req.path === verificationPath.replace('/simulator/page', '') ||
      (URL.canParse(origin) && isSafeDomain(new URL(origin), platform.config.safeDomains))
    if (!isSafe || !isLocalAddress(platform, `http://${req.get('host') ?? ''}`)) {
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
        // Browsers demand this header if a page of another network calls this machine.
        'Access-Control-Allow-Private-Network': 'true',
      })
      .end()
  }
}
