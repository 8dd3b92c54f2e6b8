import { Router } from 'express'
import { z } from 'zod'
import { scenarioNames } from '../../protocol/scenarios.js'
import type { Simulator } from '../../simulator.js'
import { answerControl, readControlBody } from './control-answer.js'

/** The largest body, in bytes: a state has up to 64 MiB of media, which are a third larger in JSON. */
const largestState = 128 * 1024 * 1024

/** The control calls for the whole state: scenarios, export, import, reset, and the phone's cookies. */
export function createStateRoutes(simulator: Simulator): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post(
    '/simulator/scenarios',
    answerControl(async req => {
      const { name } = await readControlBody(req, z.strictObject({ name: z.enum(scenarioNames) }))
      return simulator.scenario(name)
    }),
  )

  // The export is a POST, so that the key is demanded: the state has the account's secret and every token in it.
  router.post(
    '/simulator/state/export',
    answerControl(() => simulator.exportState()),
  )
  router.post(
    '/simulator/state/import',
    answerControl(async req => simulator.importState(await readControlBody(req, z.unknown(), largestState))),
  )
  router.post(
    '/simulator/state/reset',
    answerControl(() => simulator.reset()),
  )

  // Browsers share cookies between ports. So this also signs the phone out of an app on the simulator's host name.
  router.post('/simulator/phone/sign-out', (_req, res) => {
    res.set({ 'Clear-Site-Data': '"cookies"', 'Cache-Control': 'no-store' }).json({ ok: true })
  })

  return router
}
