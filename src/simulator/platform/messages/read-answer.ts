import { z } from 'zod'
import type { AccountMessage } from '../../protocol/messages.js'
import { decryptText, signParts } from './push-cipher.js'
import type { ParsedPushSettings } from './push-settings.js'
import { type AnswerFields, readFields } from './push-text.js'

/** The person and the account that the app's answer must name, and the settings by which it is encrypted. */
export interface AnswerContext {
  settings: ParsedPushSettings
  appId: string
  accountId: string
  openid: string
  /** Refuses the `media_id` of a reply. @throws {Error} if there is no such medium. */
  assertMedium(mediaId: string): void
}

const text = z.string().min(1)
const optionalText = z.string().optional()
const medium = z.object({ MediaId: text })
/** The article of a news reply: an element `item` in XML, a list in JSON. */
const articles = z.union([
  z.object({ item: z.unknown() }).transform(({ item }) => item),
  z.tuple([z.unknown()]).transform(([item]) => item),
])
const article = z.object({ Title: text, Description: optionalText, PicUrl: optionalText, Url: text })

/** The largest text of a reply, in bytes. */
const largestText = 2_048

const contents: Readonly<Record<string, z.ZodType<AccountMessage>>> = {
  text: z
    .object({ Content: text.refine(fitsIntoMessage, 'is longer than 2048 bytes') })
    .transform(({ Content }) => ({ type: 'text', content: Content })),
  image: z.object({ Image: medium }).transform(({ Image }) => ({ type: 'image', mediaId: Image.MediaId })),
  voice: z.object({ Voice: medium }).transform(({ Voice }) => ({ type: 'voice', mediaId: Voice.MediaId })),
  video: z
    .object({ Video: medium.extend({ Title: optionalText, Description: optionalText }) })
    .transform(({ Video }) => ({
      type: 'video',
      mediaId: Video.MediaId,
      title: Video.Title,
      description: Video.Description,
    })),
  music: z
    .object({
      Music: z.object({
        ThumbMediaId: text,
        Title: optionalText,
        Description: optionalText,
        MusicUrl: optionalText,
        HQMusicUrl: optionalText,
      }),
    })
    .transform(({ Music }) => ({
      type: 'music',
      thumbMediaId: Music.ThumbMediaId,
      title: Music.Title,
      description: Music.Description,
      musicUrl: Music.MusicUrl,
      hqMusicUrl: Music.HQMusicUrl,
    })),
  news: z
    .object({ ArticleCount: z.union([z.literal(1), z.literal('1')]), Articles: articles.pipe(article) })
    .transform(({ Articles: { Title, Description, PicUrl, Url } }) => ({
      type: 'news',
      title: Title,
      description: Description,
      picUrl: PicUrl,
      url: Url,
    })),
}

/**
 * Reads the body of the app's answer to a push. `success` and an empty body mean that there is no reply: undefined.
 *
 * @throws {Error} that tells the developer why the platform does not accept the answer.
 */
export function readAnswer(body: string, context: AnswerContext): AccountMessage | undefined {
  if (body === '' || body === 'success') return undefined
  const { settings } = context
  const fields = readFields(body, settings.format)
  return readReply(
    settings.mode === 'plain' ? plainFields(fields) : decryptedFields(fields, context),
    context,
  )
}

function plainFields(fields: AnswerFields): AnswerFields {
  if ('Encrypt' in fields) throw new Error('the reply is encrypted, but the account’s mode is plain')
  return fields
}

function decryptedFields(fields: AnswerFields, { settings, appId }: AnswerContext): AnswerFields {
  const { mode, token, aesKey, format } = settings
  const { Encrypt, MsgSignature, TimeStamp, Nonce } = fields
  if (Encrypt === undefined && mode === 'compatible') return fields
  if (typeof Encrypt !== 'string' || !aesKey)
    throw new Error('the reply is not encrypted, but the account’s mode is secure')
  if (MsgSignature !== signParts(token, String(TimeStamp), String(Nonce), Encrypt))
    throw new Error(
      '"MsgSignature" is not the signature of "Encrypt", "TimeStamp" and "Nonce" with the Token',
    )
  return readFields(decryptText(Encrypt, appId, aesKey), format)
}

function readReply(fields: AnswerFields, { openid, accountId, assertMedium }: AnswerContext): AccountMessage {
  if (fields.ToUserName !== openid) throw new Error('"ToUserName" must be the person’s openid')
  if (fields.FromUserName !== accountId) throw new Error(`"FromUserName" must be the account, ${accountId}`)
  if (!/^\d+$/.test(String(fields.CreateTime))) throw new Error('"CreateTime" must be a number of seconds')
  const type = String(fields.MsgType)
  const content = Object.hasOwn(contents, type) ? contents[type] : undefined
  if (!content) throw new Error(`"MsgType" must be ${Object.keys(contents).join(', ')}`)
  const { data, error } = content.safeParse(fields)
  if (error) throw new Error(`the reply's fields are not acceptable: ${z.prettifyError(error)}`)
  if ('mediaId' in data) assertMedium(data.mediaId)
  if ('thumbMediaId' in data) assertMedium(data.thumbMediaId)
  return withoutUndefined(data)
}

function fitsIntoMessage(content: string): boolean {
  return Buffer.byteLength(content) <= largestText
}

function withoutUndefined(message: AccountMessage): AccountMessage {
  for (const [name, value] of Object.entries(message))
    if (value === undefined) Reflect.deleteProperty(message, name)
  return message
}
