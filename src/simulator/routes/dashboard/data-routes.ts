import { Router } from 'express'
import { readBuiltFile } from '../../assets.js'
import type { Platform } from '../../platform/platform.js'
import { readQuery } from '../api/endpoint.js'
import { answerControl } from '../control/control-answer.js'
import { isLocalAddress, localhostOnly } from '../localhost-only.js'
import { readPersonId } from '../login/person-cookie.js'
import { dashboardSnapshot } from './dashboard-snapshot.js'
import { forbidsFraming } from './framing.js'

const files: ReadonlyMap<string, string> = new Map([
  ['dashboard.js', 'text/javascript'],
  ['dashboard.css', 'text/css'],
  ['phone.js', 'text/javascript'],
  ['phone.css', 'text/css'],
])

/** The files and the data that the dashboard's pages load. */
export function createDashboardDataRoutes(platform: Platform): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const onlyThisMachine = localhostOnly(platform)

  router.get(
    '/simulator/dashboard',
    onlyThisMachine,
    answerControl(req => dashboardSnapshot(platform, readPersonId(req))),
  )

  router.get('/simulator/events', onlyThisMachine, (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    res.write('retry: 1000\n\n')
    const forget = platform.history.onEntry(() => res.write('data:\n\n'))
    res.once('close', forget)
  })

  // A page can't see why its frame stays empty, so the server reads the headers of the app's answer.
  router.get(
    '/simulator/framing',
    onlyThisMachine,
    answerControl(async req => {
      const address = readQuery(req).get('url') ?? ''
      if (!isLocalAddress(platform, address)) return { isForbidden: false }
      return { isForbidden: await forbidsFraming(address, `${req.protocol}://${req.get('host') ?? ''}`) }
    }),
  )

  router.get(['/simulator/files/icon.svg', '/favicon.ico'], (_req, res) => {
    res.set('Content-Type', 'image/svg+xml').end(icon)
  })

  router.get('/simulator/files/:name', (req, res, next) => {
    const name = String(req.params.name)
    const contentType = files.get(name)
    if (contentType === undefined) return next()
    res.set({
      'Content-Type': `${contentType}; charset=utf-8`,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    })
    res.end(readBuiltFile(`dashboard/${name}`))
  })

  return router
}

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#07c160"/><rect x="10" y="5" width="12" height="22" rx="2.500" fill="#fff"/><rect x="12" y="8" width="8" height="14" fill="#07c160"/></svg>'
