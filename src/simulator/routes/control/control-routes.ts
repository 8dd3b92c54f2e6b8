import { Router } from 'express'
import { z } from 'zod'
import type { Fault } from '../../platform/faults.js'
import { fingerprint } from '../../platform/history.js'
import { isMediaType } from '../../platform/media-type.js'
import type { Platform } from '../../platform/platform.js'
import { parseConfigChanges } from '../../platform/platform-config.js'
import type { Simulator } from '../../simulator.js'
import { readQuery } from '../api/endpoint.js'
import { localhostOnly, requireControlKey } from '../localhost-only.js'
import { createChatRoutes } from '../messages/chat-routes.js'
import { readBody } from '../request-body.js'
import { answerControl, readControlBody } from './control-answer.js'
import { createStateRoutes } from './state-routes.js'

/** A text that a header can hold: Node throws when it sends any other. */
const headerValue = z.string().regex(/^[\x20-\x7e]*$/)
/** The clock moves at most 100 years forward in one call, because JavaScript's dates have an upper limit. */
const LONGEST_ADVANCE_MS = 3_155_760_000_000

const fault: z.ZodType<Fault> = z.union([
  z.enum(['reset', 'lost', 'hang', 'drip', 'cut', 'html', 'empty']),
  z.strictObject({ errcode: z.int(), errmsg: z.string().exactOptional() }),
  z.strictObject({
    status: z.int().min(200).max(599),
    body: z.string().exactOptional(),
    contentType: headerValue.exactOptional(),
  }),
  z.strictObject({ json: z.unknown() }),
  z.strictObject({ text: z.string(), contentType: headerValue }),
  z.strictObject({
    delayMs: z.number().min(0).max(600_000),
    get fault() {
      return fault.exactOptional()
    },
  }),
])

const plannedFault = z.strictObject({
  path: z.string().startsWith('/'),
  fault,
  times: z.int().min(1).max(10_000).default(1),
  always: z.boolean().default(false),
})

const newPerson = z.strictObject({
  id: z.string().exactOptional(),
  nickname: z.string().exactOptional(),
  isFollower: z.boolean().exactOptional(),
  remark: z.string().exactOptional(),
  language: z.string().exactOptional(),
  avatarColour: z.string().exactOptional(),
})

const changedPerson = newPerson.omit({ id: true })

const approval = z.strictObject({
  authorizeUrl: z.url(),
  personId: z.string().exactOptional(),
  refuse: z.boolean().exactOptional(),
  snapshot: z.boolean().exactOptional(),
})

/** The control API, by which a test in another process and the dashboard control a running simulator. */
export function createControlRoutes(platform: Platform, simulator: Simulator): Router {
  const router = Router({ caseSensitive: true, strict: true })
  router.use('/simulator', localhostOnly(platform), requireControlKey(platform))
  router.use(createStateRoutes(simulator), createChatRoutes(simulator))

  router.get(
    '/simulator/state',
    answerControl(() => ({
      appId: simulator.appId,
      now: simulator.now(),
      behaviour: platform.config,
      people: platform.people.list(),
      faults: platform.faults.list(),
      accessTokens: simulator.currentAccessTokens.map(fingerprint),
      jsapiTicket: fingerprint(simulator.currentJsapiTicket),
    })),
  )
  router.post(
    '/simulator/behaviour',
    answerControl(async req =>
      simulator.configure(parseConfigChanges(await readControlBody(req, z.unknown()))),
    ),
  )

  router.get(
    '/simulator/history',
    answerControl(req => {
      const path = readQuery(req).get('path')
      return { entries: platform.history.entries.filter(entry => path === null || entry.path === path) }
    }),
  )
  router.delete(
    '/simulator/history',
    answerControl(() => platform.history.clear()),
  )

  router.post(
    '/simulator/faults',
    answerControl(async req => {
      const planned = await readControlBody(req, plannedFault)
      if (planned.always) platform.faults.always(planned.path, planned.fault)
      else platform.faults.next(planned.path, planned.fault, planned.times)
    }),
  )
  router.delete(
    '/simulator/faults',
    answerControl(() => platform.faults.clear()),
  )

  router.post(
    '/simulator/clock',
    answerControl(async req => {
      const { advanceMs } = await readControlBody(
        req,
        z.strictObject({ advanceMs: z.number().max(LONGEST_ADVANCE_MS) }),
      )
      simulator.advance(advanceMs)
      return { now: simulator.now() }
    }),
  )

  router.post(
    '/simulator/people',
    answerControl(async req => simulator.people.add(await readControlBody(req, newPerson))),
  )
  router.post(
    '/simulator/people/:id',
    answerControl(async req =>
      simulator.people.change(String(req.params.id), await readControlBody(req, changedPerson)),
    ),
  )
  router.post(
    '/simulator/approve',
    answerControl(async req => {
      const { authorizeUrl, ...choice } = await readControlBody(req, approval)
      return { callbackUrl: simulator.approve(authorizeUrl, choice) ?? null }
    }),
  )

  router.post(
    '/simulator/media',
    answerControl(async req => {
      const type = readQuery(req).get('type')
      if (!isMediaType(type)) throw new TypeError('"type" must be image, voice, video or thumb')
      return { media_id: simulator.uploadMedia({ type, data: await readBody(req) }) }
    }),
  )

  const actions: Readonly<Record<string, () => unknown>> = {
    'revoke-access-tokens': () => simulator.revokeAccessToken(),
    'expire-access-tokens': () => simulator.expireAccessToken(),
    'rotate-jsapi-ticket': () => ({ jsapiTicket: fingerprint(simulator.rotateJsapiTicket()) }),
    'reset-app-secret': () => ({ appSecret: simulator.resetAppSecret() }),
    'freeze-app-secret': () => simulator.freezeAppSecret(),
    'unfreeze-app-secret': () => simulator.unfreezeAppSecret(),
    'confirm-new-callers': () => simulator.confirmNewCallers(),
    'refuse-new-callers': () => simulator.refuseNewCallers(),
    'revoke-user-tokens': () => simulator.revokeUserTokens(),
  }
  for (const [name, action] of Object.entries(actions)) {
    router.post(
      `/simulator/actions/${name}`,
      answerControl(() => {
        const result = action()
        platform.changes.notify()
        return result
      }),
    )
  }

  return router
}
