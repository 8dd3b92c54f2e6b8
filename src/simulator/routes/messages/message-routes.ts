import { randomInt } from 'node:crypto'
import { Router } from 'express'
import { z } from 'zod'
import type { Person } from '../../platform/people.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { type ApiCall, answerWith } from '../api/endpoint.js'
import { readCustomerMessage } from './customer-message.js'

const ok = { errcode: 0, errmsg: 'ok' }
/** A template message with the `client_msg_id` of one that was sent less than this time ago is not sent again. */
const repeatMs = 600_000

const notice = z.object({
  template_id: z.string().min(1),
  data: z.record(z.string(), z.object({ value: z.coerce.string() })),
  url: z.string().optional(),
  client_msg_id: z.string().optional(),
})

/** Messages that the account begins: customer-service and template messages, and subscription notices. */
export function createMessageRoutes(platform: Platform): Router {
  const { accessTokens, clock, media, messages, people, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  /** Makes the checks that the three endpoints share, in the platform's order. */
  async function readCall(call: ApiCall): Promise<{ body: Record<string, unknown>; person: Person }> {
    const body = await call.jsonBody()
    accessTokens.check(call.query.get('access_token'))
    quota.spend(call.path)
    const person = people.byOpenid(String(body.touser ?? ''))
    if (!person) throw new Refusal(40003)
    return { body, person }
  }

  router.all(
    '/cgi-bin/message/custom/send',
    answerWith(platform, 'POST', async call => {
      const { body, person } = await readCall(call)
      if (!person.isFollower) throw new Refusal(45015)
      const allowance = messages.customerService.find(person.id)
      const content = readCustomerMessage(body)
      if ('mediaId' in content) media.get(content.mediaId)
      if ('thumbMediaId' in content) media.get(content.thumbMediaId)
      allowance.left -= 1
      messages.chats.add(person.id, { from: 'account', content, by: 'customer-service' })
      return { json: ok }
    }),
  )

  router.all(
    '/cgi-bin/message/template/send',
    answerWith(platform, 'POST', async call => {
      const { body, person } = await readCall(call)
      if (!person.isFollower) throw new Refusal(43004)
      const { template_id: templateId, data, url, client_msg_id: clientId } = readNotice(body)
      const key = clientId === undefined ? undefined : `${person.id} ${clientId}`
      const earlier = key === undefined ? undefined : messages.sentTemplates.get(key)
      if (earlier && clock.now() - earlier.at < repeatMs) return { json: { ...ok, msgid: earlier.msgid } }
      const msgid = randomInt(1_000_000_000, 200_000_000_000)
      if (key !== undefined) messages.sentTemplates.set(key, { msgid, at: clock.now() })
      messages.chats.add(person.id, {
        from: 'account',
        content: { type: 'template', templateId, data, ...(url !== undefined && { url }) },
        by: 'template',
      })
      return { json: { ...ok, msgid } }
    }),
  )

  router.all(
    '/cgi-bin/message/subscribe/bizsend',
    answerWith(platform, 'POST', async call => {
      const { body, person } = await readCall(call)
      const { template_id: templateId, data } = readNotice(body)
      if (!messages.subscriptions.take(person.id, templateId)) throw new Refusal(43101)
      messages.chats.add(person.id, {
        from: 'account',
        content: { type: 'notice', templateId, data },
        by: 'notice',
      })
      return { json: ok }
    }),
  )

  return router
}

function readNotice(body: Readonly<Record<string, unknown>>) {
  if (!body.template_id) throw new Refusal(40037)
  const { data: given, success } = notice.safeParse(body)
  if (!success) throw new Refusal(47001)
  const texts = Object.entries(given.data).map(([name, { value }]) => [name, value])
  return { ...given, data: Object.fromEntries(texts) }
}
