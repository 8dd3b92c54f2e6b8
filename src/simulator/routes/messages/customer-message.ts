import { z } from 'zod'
import { Refusal } from '../../platform/refusal.js'
import type { AccountMessage } from '../../protocol/messages.js'

const text = z.string().min(1)
const optionalText = z.string().optional()
const medium = z.object({ media_id: text })
/** The largest text of a message, in bytes. */
const largestText = 2_048

const messages: Readonly<Record<string, z.ZodType<AccountMessage>>> = {
  text: z.object({ content: text }).transform(({ content }) => ({ type: 'text', content })),
  image: medium.transform(({ media_id }) => ({ type: 'image', mediaId: media_id })),
  voice: medium.transform(({ media_id }) => ({ type: 'voice', mediaId: media_id })),
  video: medium
    .extend({ title: optionalText, description: optionalText })
    .transform(({ media_id, ...rest }) => ({ type: 'video', mediaId: media_id, ...rest })),
  music: z
    .object({
      thumb_media_id: text,
      title: optionalText,
      description: optionalText,
      musicurl: optionalText,
      hqmusicurl: optionalText,
    })
    .transform(({ thumb_media_id, musicurl, hqmusicurl, ...rest }) => ({
      type: 'music',
      thumbMediaId: thumb_media_id,
      musicUrl: musicurl,
      hqMusicUrl: hqmusicurl,
      ...rest,
    })),
  news: z
    .object({
      articles: z.tuple([
        z.object({ title: text, description: optionalText, url: text, picurl: optionalText }),
      ]),
    })
    .transform(({ articles: [{ picurl, ...article }] }) => ({ type: 'news', picUrl: picurl, ...article })),
}

/** Reads a customer-service message (客服消息). Throws 40008 for its type, 47001 for its fields, 45002 for its length. */
export function readCustomerMessage(body: Readonly<Record<string, unknown>>): AccountMessage {
  const type = String(body.msgtype)
  const message = Object.hasOwn(messages, type) ? messages[type] : undefined
  if (!message) throw new Refusal(40008)
  const { data, success } = message.safeParse(body[type])
  if (!success) throw new Refusal(47001)
  if (data.type === 'text' && Buffer.byteLength(data.content) > largestText) throw new Refusal(45002)
  return data
}
