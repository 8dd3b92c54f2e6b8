import { type Request, Router } from 'express'
import { z } from 'zod'
import { readBuiltFile } from '../../assets.js'
import type { Platform } from '../../platform/platform.js'
import type { ProbeAnswer } from '../../protocol/dashboard.js'
import { answerControl, readControlBody } from '../control/control-answer.js'
import { localhostOnly, requireControlKey, requireOwnOrigin } from '../localhost-only.js'
import { readPersonId } from '../login/person-cookie.js'
import { callDetail, dashboardSnapshot } from './dashboard-snapshot.js'
import { probePage } from './probe.js'

const files: ReadonlyMap<string, string> = new Map([
  ['dashboard.js', 'text/javascript'],
  ['dashboard.css', 'text/css'],
  ['events-worker.js', 'text/javascript'],
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
    let isPlanned = false
    const forget = platform.changes.subscribe(() => {
      // One call often makes several changes at once, so all changes of one turn of the event loop send one event.
      if (isPlanned) return
      isPlanned = true
      setImmediate(() => {
        isPlanned = false
        res.write('data:\n\n')
      })
    })
    res.once('close', forget)
  })

  router.get('/simulator/dashboard/calls/:id', onlyThisMachine, (req, res) => {
    const detail = callDetail(platform, Number(req.params.id))
    res.set('Cache-Control', 'no-store')
    if (detail) res.json(detail)
    else res.status(404).json({ error: 'The history has no such call, or no longer.' })
  })

  router.post(
    '/simulator/probe',
    onlyThisMachine,
    requireOwnOrigin,
    requireControlKey(platform),
    answerControl(async (req): Promise<ProbeAnswer> => {
      const { url } = await readControlBody(req, z.strictObject({ url: z.url({ protocol: /^https?$/ }) }))
      return { word: await probePage(url, getOrigin(req)) }
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

function getOrigin(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? ''}`
}

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#07c160"/><rect x="10" y="5" width="12" height="22" rx="2.500" fill="#fff"/><rect x="12" y="8" width="8" height="14" fill="#07c160"/></svg>'
