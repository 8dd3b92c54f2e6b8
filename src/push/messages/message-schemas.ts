import { z } from 'zod'
import type { WechatMessageOf, WechatMessageType } from './message-types.js'

/** The properties of one type of message, without those that all messages have. */
type OwnFields<Type extends WechatMessageType> = Omit<
  WechatMessageOf<Type>,
  'type' | 'openid' | 'accountId' | 'createdAtSeconds' | 'raw'
>

/** The kinds of messages and events that have a type of their own in message-types.ts. */
export type KnownKind = (typeof KNOWN_KINDS)[number]

export const KNOWN_KINDS = [
  'text',
  'image',
  'voice',
  'video',
  'shortvideo',
  'location',
  'link',
  'event.subscribe',
  'event.unsubscribe',
  'event.SCAN',
  'event.LOCATION',
  'event.CLICK',
  'event.VIEW',
  'event.TEMPLATESENDJOBFINISH',
  'event.MASSSENDJOBFINISH',
  'event.subscribe_msg_popup_event',
  'event.subscribe_msg_change_event',
  'event.subscribe_msg_sent_event',
] as const satisfies readonly WechatMessageType[]

/** A text. Numbers are accepted as well, because JSON pushes have some fields as numbers that XML has as texts. */
export const textSchema = z.union([z.string(), z.number().transform(String)])
export const numberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/)
    .transform(Number),
])
/** A text that WeChat leaves out or sends empty if there is none; both become undefined. */
const optionalText = textSchema.optional().transform(text => text || undefined)
const SCENE_PREFIX = 'qrscene_'

const video = z
  .object({ msgid: textSchema, mediaid: textSchema, thumbmediaid: textSchema.default('') })
  .transform(({ msgid, mediaid, thumbmediaid }) => ({
    msgId: msgid,
    mediaId: mediaid,
    thumbMediaId: thumbmediaid,
  }))

const menu = z.object({ eventkey: textSchema }).transform(({ eventkey }) => ({ eventKey: eventkey }))

/**
 * Parses the list of a subscription event. XML has it inside an element that is named after the event. A list of one
 * item can come as the item itself, also in JSON.
 */
function subscriptionItems<Item extends z.ZodType>(element: string, item: Item) {
  const list = z.union([z.array(item), item.transform(only => [only])])
  return z.union([
    z.object({ list }).transform(({ list }) => ({ items: list })),
    z.object({ [element]: z.object({ list }) }).transform(fields => ({ items: fields[element]?.list ?? [] })),
  ])
}

const decision = z
  .object({ templateid: textSchema, subscribestatusstring: textSchema, popupscene: optionalText })
  .transform(item => ({
    templateId: item.templateid,
    status: item.subscribestatusstring,
    popupScene: item.popupscene,
  }))

const delivery = z
  .object({ templateid: textSchema, msgid: textSchema, errorcode: numberSchema, errorstatus: textSchema })
  .transform(item => ({
    templateId: item.templateid,
    msgId: item.msgid,
    errorCode: item.errorcode,
    errorStatus: item.errorstatus,
  }))

export const MESSAGE_SCHEMAS: { readonly [Kind in KnownKind]: z.ZodType<OwnFields<Kind>> } = {
  text: z
    .object({ msgid: textSchema, content: textSchema })
    .transform(({ msgid, content }) => ({ msgId: msgid, content })),
  image: z
    .object({ msgid: textSchema, picurl: textSchema, mediaid: textSchema })
    .transform(({ msgid, picurl, mediaid }) => ({ msgId: msgid, picUrl: picurl, mediaId: mediaid })),
  voice: z
    .object({
      msgid: textSchema,
      mediaid: textSchema,
      format: textSchema.default(''),
      mediaid16k: optionalText,
      recognition: optionalText,
    })
    .transform(({ msgid, mediaid, mediaid16k, ...rest }) => ({
      msgId: msgid,
      mediaId: mediaid,
      mediaId16K: mediaid16k,
      ...rest,
    })),
  video,
  shortvideo: video,
  location: z
    .object({
      msgid: textSchema,
      location_x: numberSchema,
      location_y: numberSchema,
      scale: numberSchema.default(0),
      label: textSchema.default(''),
    })
    .transform(({ msgid, location_x, location_y, ...rest }) => ({
      msgId: msgid,
      latitude: location_x,
      longitude: location_y,
      ...rest,
    })),
  link: z
    .object({ msgid: textSchema, title: textSchema, description: textSchema.default(''), url: textSchema })
    .transform(({ msgid, ...rest }) => ({ msgId: msgid, ...rest })),
  'event.subscribe': z
    .object({ eventkey: optionalText, ticket: optionalText })
    .transform(({ eventkey, ticket }) => ({
      sceneKey: eventkey?.startsWith(SCENE_PREFIX) ? eventkey.slice(SCENE_PREFIX.length) : undefined,
      ticket,
    })),
  'event.unsubscribe': z.object({}),
  'event.SCAN': z
    .object({ eventkey: textSchema, ticket: optionalText })
    .transform(({ eventkey, ticket }) => ({ sceneKey: eventkey, ticket })),
  'event.LOCATION': z.object({ latitude: numberSchema, longitude: numberSchema, precision: numberSchema }),
  'event.CLICK': menu,
  'event.VIEW': menu,
  'event.TEMPLATESENDJOBFINISH': z
    .object({ msgid: textSchema, status: textSchema })
    .transform(({ msgid, status }) => ({ msgId: msgid, status })),
  'event.MASSSENDJOBFINISH': z
    .object({
      msgid: textSchema,
      status: textSchema,
      totalcount: numberSchema.optional(),
      sentcount: numberSchema.optional(),
      errorcount: numberSchema.optional(),
    })
    .transform(({ msgid, status, totalcount, sentcount, errorcount }) => ({
      msgId: msgid,
      status,
      totalCount: totalcount,
      sentCount: sentcount,
      errorCount: errorcount,
    })),
  'event.subscribe_msg_popup_event': subscriptionItems('subscribemsgpopupevent', decision),
  'event.subscribe_msg_change_event': subscriptionItems('subscribemsgchangeevent', decision),
  'event.subscribe_msg_sent_event': subscriptionItems('subscribemsgsentevent', delivery),
}
