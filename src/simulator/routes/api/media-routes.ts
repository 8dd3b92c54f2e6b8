import { Router } from 'express'
import type { StoredMedia } from '../../platform/media.js'
import { fileExtension, isMediaType } from '../../platform/media-type.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { type Answer, answerWith } from './endpoint.js'
import { readUploadedFile } from './uploaded-file.js'

/** The endpoints that upload and download temporary media. */
export function createMediaRoutes(platform: Platform): Router {
  const { accessTokens, config, clock, media, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  function fileAnswer(bytes: Buffer, contentType: string, filename: string): Answer {
    return {
      bytes,
      headers: {
        'Content-Type': contentType,
        // The platform writes the second word of this header in lower case.
        ...(config.mediaContentDisposition
          ? { 'Content-disposition': `attachment; filename="${filename}"` }
          : {}),
        'Cache-Control': 'no-cache, must-revalidate',
      },
    }
  }

  function findMedia(path: string, query: URLSearchParams): StoredMedia {
    accessTokens.check(query.get('access_token'))
    const found = media.get(query.get('media_id'))
    quota.spend(path)
    return found
  }

  router.all(
    '/cgi-bin/media/get',
    answerWith(platform, 'GET', ({ path, query, baseUrl }) => {
      const { mediaId, type, data, contentType, videoUrl } = findMedia(path, query)
      if (type === 'video') return { json: { video_url: videoUrl ?? `${baseUrl}/video/${mediaId}.mp4` } }
      const servedType = contentType === 'audio/amr' ? config.voiceContentType : contentType
      return fileAnswer(data, servedType, `${mediaId}.${fileExtension(contentType)}`)
    }),
  )

  router.all(
    '/cgi-bin/media/get/jssdk',
    answerWith(platform, 'GET', ({ path, query }) => {
      const { mediaId, highQuality } = findMedia(path, query)
      // Only voices that the JS-SDK recorded have this quality. Other media are refused as unknown.
      if (!highQuality) throw new Refusal(40007)
      return fileAnswer(highQuality, 'voice/speex', `${mediaId}.speex`)
    }),
  )

  router.all(
    '/cgi-bin/media/upload',
    answerWith(platform, 'POST', async ({ path, query, request }) => {
      // The platform's gateway refuses a malformed upload with 412, before its API checks the token.
      const file = await readUploadedFile(request)
      if (file === 'malformed') return { httpStatus: 412 }
      accessTokens.check(query.get('access_token'))
      const type = query.get('type')
      if (!isMediaType(type)) throw new Refusal(40004)
      if (!file) throw new Refusal(41005)
      quota.spend(path)
      const stored = media.upload(type, file.data, file.filename)
      return {
        json: {
          type,
          [type === 'thumb' ? 'thumb_media_id' : 'media_id']: stored.mediaId,
          created_at: clock.seconds(),
        },
      }
    }),
  )

  // The address in `video_url`. It demands no token: as on the platform, the address is enough to load the video.
  router.get(
    '/video/:file',
    answerWith(platform, 'GET', ({ request }) => {
      const { type, data, contentType } = media.get(String(request.params.file).replace(/\.mp4$/, ''))
      if (type !== 'video') throw new Refusal(40007)
      return { bytes: data, headers: { 'Content-Type': contentType } }
    }),
  )

  return router
}
