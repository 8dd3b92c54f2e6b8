import { Router } from 'express'
import { avatarImage } from '../pages/avatar.js'
import type { Platform } from '../platform/platform.js'

const sizes = ['0', '46', '64', '96', '132']

/** `headimgurl` leads here. The last part of the path is the size, and 0 means 640, as on the platform. */
export function createAvatarRoutes({ people }: Platform): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/mmopen/:id/:size', (req, res) => {
    const { id, size } = req.params
    const snapshot = id === 'snapshot' ? { nickname: '微', avatarColour: '' } : undefined
    const person = people.get(String(id)) ?? snapshot
    if (!person || !sizes.includes(String(size))) return void res.status(404).end()
    res.set({
      'Content-Type': 'image/svg+xml',
      // A drawing is a document of its own; it gets to run and load nothing.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    })
    res.end(avatarImage(person, Number(size) || 640).text)
  })

  return router
}
