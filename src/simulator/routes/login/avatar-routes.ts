import { Router } from 'express'
import type { Person } from '../../platform/people.js'
import type { Platform } from '../../platform/platform.js'
import { type Html, html } from '../../views/html.js'

const sizes = ['0', '46', '64', '96', '132']

/** Serves the avatars of `headimgurl`. As on the platform, the path ends with the size in pixels, and 0 means 640. */
export function createAvatarRoutes({ people }: Platform): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/mmopen/:id/:size', (req, res) => {
    const { id, size } = req.params
    const snapshot = id === 'snapshot' ? { nickname: '微', avatarColour: '' } : undefined
    const person = people.get(String(id)) ?? snapshot
    if (!person || !sizes.includes(String(size))) return void res.status(404).end()
    res.set({
      'Content-Type': 'image/svg+xml',
      // An SVG can be opened as a document, so its policy allows it no script and no request.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    })
    res.end(avatarImage(person, Number(size) || 640).text)
  })

  return router
}

/** Draws an avatar: the first character of the nickname on the person's colour. */
function avatarImage(person: Pick<Person, 'nickname' | 'avatarColour'>, size: number): Html {
  // The nickname is split by grapheme, so that an emoji of several code points stays whole.
  const [first] = new Intl.Segmenter('zh').segment(person.nickname)
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100"><rect width="100" height="100" fill="${person.avatarColour || '#8a918c'}"/><text x="50" y="52" fill="#fff" font-family="sans-serif" font-size="52" text-anchor="middle" dominant-baseline="central">${first?.segment ?? '?'}</text></svg>`
}
