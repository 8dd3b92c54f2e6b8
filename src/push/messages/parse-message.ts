import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { PushFields } from '../wire/push-body.js'
import { type KnownKind, MESSAGE_SCHEMAS, numberSchema, textSchema } from './message-schemas.js'
import type { WechatMessage } from './message-types.js'

/** A message, and the id by which its repeated deliveries are recognised. */
export interface ParsedMessage {
  message: WechatMessage
  /** The same for each delivery of a message, and different for each message. The id reveals nothing of the message. */
  id: string
}

/** The names of fields are converted to lower case down to this level of nesting; deeper ones stay as they are. */
const MAX_DEPTH = 5

const baseSchema = z.object({
  fromusername: textSchema.refine(text => text !== ''),
  tousername: textSchema.default(''),
  createtime: numberSchema.default(0),
  msgtype: textSchema.refine(text => text !== ''),
  msgid: textSchema.default(''),
  event: textSchema.default(''),
  eventkey: textSchema.catch('').default(''),
  // These three only tell events apart: the ids of subscription notices, in JSON and in XML, and the code of a card.
  list: z.unknown().optional(),
  subscribemsgsentevent: z.unknown().optional(),
  usercardcode: z.unknown().optional(),
})

/**
 * Parses the fields of a push. Unknown kinds, and known ones that lack a field, have the type `unknown`.
 *
 * @throws {Error} if the fields are no message, without a sender or a type
 */
export function parseMessage(fields: PushFields, appId: string): ParsedMessage {
  // An XML parser of the app, in front of this handler, may have converted the names to lower case.
  const lowerCased = lowerCaseNames(fields)
  const base = baseSchema.parse(lowerCased)
  const kind = base.msgtype === 'event' ? `event.${base.event}` : base.msgtype
  const common = {
    openid: base.fromusername,
    accountId: base.tousername,
    createdAtSeconds: base.createtime,
    raw: fields,
  }
  const own = isKnownKind(kind) ? MESSAGE_SCHEMAS[kind].safeParse(lowerCased) : undefined
  const message = own?.success
    ? // The cast is right, because the schema of a kind gives exactly the fields of its type.
      ({ type: kind, ...common, ...own.data } as WechatMessage)
    : { type: 'unknown' as const, kind, ...common }
  const identity = isRounded(lowerCased) ? [JSON.stringify(fields)] : getIdentity(base)
  const id = createHash('sha256')
    .update(JSON.stringify([appId, base.fromusername, ...identity]))
    .digest('base64url')
  return { message, id }
}

/** Whether a JSON parser of the app has rounded the 64-bit id, so that two messages of one person can share it. */
function isRounded(fields: unknown): boolean {
  const msgId = Object(fields).msgid
  return typeof msgId === 'number' && !Number.isSafeInteger(msgId)
}

function isKnownKind(kind: string): kind is KnownKind {
  return Object.hasOwn(MESSAGE_SCHEMAS, kind)
}

/**
 * Returns what identifies a message among those of one person: its id, if WeChat gave one. Events have no id, and two of
 * one person can have the same second, so all fields that can tell them apart are returned.
 */
function getIdentity(base: z.output<typeof baseSchema>): unknown[] {
  const { msgid, createtime, msgtype, event, eventkey, list, subscribemsgsentevent, usercardcode } = base
  const isMessage = msgtype !== 'event' && msgid !== ''
  if (isMessage) return [msgid]
  return [createtime, msgtype, event, eventkey, msgid, list, subscribemsgsentevent, usercardcode]
}

function lowerCaseNames(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map(item => lowerCaseNames(item, depth + 1))
  const entries = Object.entries(value).map(([name, child]) => [
    name.toLowerCase(),
    lowerCaseNames(child, depth + 1),
  ])
  return Object.fromEntries(entries)
}
