import { Router } from 'express'
import { z } from 'zod'
import type { PersonMessage } from '../../protocol/messages.js'
import type { Simulator } from '../../simulator.js'
import { answerControl, readControlBody } from '../control/control-answer.js'

const settings = z.strictObject({
  url: z.string(),
  token: z.string(),
  encodingAesKey: z.string().optional(),
  mode: z.enum(['plain', 'compatible', 'secure']).optional(),
  format: z.enum(['xml', 'json']).optional(),
})

const optionalText = z.string().optional()
const message: z.ZodType<PersonMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), content: z.string().min(1) }),
  z.strictObject({ type: z.literal('image'), mediaId: optionalText, picUrl: optionalText }),
  z.strictObject({ type: z.literal('voice'), mediaId: optionalText, recognition: optionalText }),
  z.strictObject({
    type: z.enum(['video', 'shortvideo']),
    mediaId: z.string(),
    thumbMediaId: optionalText,
  }),
  z.strictObject({
    type: z.literal('location'),
    latitude: z.number(),
    longitude: z.number(),
    scale: z.number().optional(),
    label: optionalText,
  }),
  z.strictObject({ type: z.literal('link'), title: z.string(), description: optionalText, url: z.string() }),
  z.strictObject({
    type: z.literal('event'),
    event: z.string(),
    fields: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  }),
])

/** The control calls for what people do in the conversation. Each is answered when its push has ended. */
export function createChatRoutes(simulator: Simulator): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post(
    '/simulator/push-settings',
    answerControl(async req => simulator.setPush(await readControlBody(req, settings))),
  )
  router.post(
    '/simulator/people/:id/messages',
    answerControl(async req => simulator.push(String(req.params.id), await readControlBody(req, message))),
  )
  router.post(
    '/simulator/people/:id/follow',
    answerControl(req => simulator.follow(String(req.params.id))),
  )
  router.post(
    '/simulator/people/:id/unfollow',
    answerControl(req => simulator.unfollow(String(req.params.id))),
  )
  router.post(
    '/simulator/people/:id/scan',
    answerControl(async req => {
      const { scene } = await readControlBody(req, z.strictObject({ scene: z.string().min(1) }))
      return simulator.scan(String(req.params.id), scene)
    }),
  )
  router.post(
    '/simulator/people/:id/menu',
    answerControl(async req => {
      const { key } = await readControlBody(req, z.strictObject({ key: z.string().min(1) }))
      return simulator.pressMenu(String(req.params.id), key)
    }),
  )
  router.get(
    '/simulator/people/:id/chat',
    answerControl(req => ({ entries: simulator.chat(String(req.params.id)) })),
  )

  return router
}
