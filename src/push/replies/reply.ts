import { z } from 'zod'

/** What the account says at once in answer to a message. */
export type WechatReply =
  | { type: 'text'; content: string }
  | { type: 'image' | 'voice'; mediaId: string }
  | { type: 'video'; mediaId: string; title?: string | undefined; description?: string | undefined }
  | {
      type: 'music'
      /** The picture: a `media_id` of a thumb that was uploaded. */
      thumbMediaId: string
      title?: string | undefined
      description?: string | undefined
      musicUrl?: string | undefined
      /** Played over Wi-Fi instead of `musicUrl`. */
      hqMusicUrl?: string | undefined
    }
  | {
      type: 'news'
      title: string
      description?: string | undefined
      picUrl?: string | undefined
      /** The page that the article opens. */
      url: string
    }

type ReplyOf<Type> = Extract<WechatReply, { type: Type }>
type Details<Type, Required extends string = never> = Omit<ReplyOf<Type>, 'type' | Required>

/** WeChat's limit for a text reply, in bytes of UTF-8. */
const MAX_TEXT_BYTES = 2_048

const required = z.string('must be a text').min(1, 'must not be empty')
const optional = z.string('must be a text').optional()

const replySchema: z.ZodType<WechatReply> = z.discriminatedUnion(
  'type',
  [
    z.object({
      type: z.literal('text'),
      content: required.refine(
        text => Buffer.byteLength(text) <= MAX_TEXT_BYTES,
        'is longer than 2048 bytes',
      ),
    }),
    z.object({ type: z.enum(['image', 'voice']), mediaId: required }),
    z.object({ type: z.literal('video'), mediaId: required, title: optional, description: optional }),
    z.object({
      type: z.literal('music'),
      thumbMediaId: required,
      title: optional,
      description: optional,
      musicUrl: optional,
      hqMusicUrl: optional,
    }),
    z.object({
      type: z.literal('news'),
      title: required,
      description: optional,
      picUrl: optional,
      url: required,
    }),
  ],
  'must be what a function of `reply` returns, such as reply.text("…")',
)

/** Makes the replies that WeChat knows. A news reply has one article: WeChat shows no more in answer to a message. */
export const reply = {
  text: (content: string): ReplyOf<'text'> => ({ type: 'text', content }),
  image: (mediaId: string): WechatReply => ({ type: 'image', mediaId }),
  voice: (mediaId: string): WechatReply => ({ type: 'voice', mediaId }),
  video: (mediaId: string, details: Details<'video', 'mediaId'> = {}): ReplyOf<'video'> => ({
    ...details,
    type: 'video',
    mediaId,
  }),
  music: (details: Details<'music'>): ReplyOf<'music'> => ({ ...details, type: 'music' }),
  news: (article: Details<'news'>): ReplyOf<'news'> => ({ ...article, type: 'news' }),
}

/**
 * Parses what a handler returned: nothing, or a reply.
 * @returns a text that says what is wrong with it, if it is neither
 */
export function parseReply(value: unknown): WechatReply | undefined | string {
  if (value === undefined || value === null) return undefined
  const result = replySchema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return issue?.path.length ? `"${issue.path.join('.')}" ${issue.message}` : `it ${issue?.message}`
}
