import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { PushFields } from '../wire/push-body.js'
import { type KnownKind, MESSAGE_SCHEMAS, numberSchema, textSchema } from './message-schemas.js'
import type { WechatMessage } from './message-types.js'

/** A message, and what makes it the same message in each of its deliveries. */
export interface ParsedMessage {
  message: WechatMessage
  /** The same for each delivery of a message, and different for each message. The id reveals nothing of the message. */
  id: string
}

/** Deeper levels keep the names that they have. */
const MAX_DEPTH = 5

const baseSchema = z.object({
  fromusername: textSchema.refine(text => text !== ''),
  tousername: textSchema.default(''),
  createtime: numberSchema.default(0),
  msgtype: textSchema.refine(text => text !== ''),
  msgid: textSchema.default(''),
  event: textSchema.default(''),
  eventkey: textSchema.catch('').default(''),
})

/**
 * Parses the fields of a push. Unknown kinds, and known ones that lack a field, have the type `unknown`.
 *
 * @throws {Error} if they are no message at all
 */
export function parseMessage(fields: PushFields, appId: string): ParsedMessage {
  // Parsers of XML in front can write names in lower case.
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
    ? // The schema of a kind gives exactly the fields of its type.
      ({ type: kind, ...common, ...own.data } as WechatMessage)
    : { type: 'unknown' as const, kind, ...common }
  const identity = isRounded(lowerCased) ? [JSON.stringify(fields)] : getIdentity(base)
  const id = createHash('sha256')
    .update(JSON.stringify([appId, base.fromusername, ...identity]))
    .digest('base64url')
  return { message, id }
}

/** A JSON parser of the app has rounded the id, which two messages of one person can then share. */
function isRounded(fields: unknown): boolean {
  const msgId = Object(fields).msgid
  return typeof msgId === 'number' && !Number.isSafeInteger(msgId)
}

function isKnownKind(kind: string): kind is KnownKind {
  return Object.hasOwn(MESSAGE_SCHEMAS, kind)
}

/**
 * Messages have an id, which is unique for one person only. Events have none: one person can cause two in the same
 * second, and two notices to one person can end in the same second.
 */
function getIdentity(base: z.output<typeof baseSchema>): (string | number)[] {
  const { msgid, createtime, msgtype, event, eventkey } = base
  const isMessage = msgtype !== 'event' && msgid !== ''
  return isMessage ? [msgid] : [createtime, msgtype, event, eventkey, msgid]
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
