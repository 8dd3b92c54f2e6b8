import { z } from 'zod'
import { optionError } from '../errors/create-error.js'
import { tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { Secret } from '../util/secret.js'
import { KNOWN_KINDS } from './messages/message-schemas.js'
import type {
  MessageHandlerOptions,
  OnLateWechatReply,
  OnWechatMessageError,
  WechatMessageHandlers,
} from './option-types.js'

const handler = z.custom<() => unknown>(value => typeof value === 'function', 'must be a function (message)')

const handlersSchema = z.strictObject(
  Object.fromEntries([...KNOWN_KINDS, 'other'].map(kind => [kind, handler.optional()])),
  'must be an object of handlers, such as { text: message => reply.text("…") }',
)

export const messageOwnShape = {
  token: z
    .string('must be a text')
    .regex(/^[A-Za-z0-9]{3,32}$/, "must be the Token of WeChat's console: 3 to 32 letters and digits")
    .optional(),
  encodingAesKey: z.union([z.string(), z.array(z.string())], 'must be a text, or a list of texts').optional(),
  // The schema checks the names of the handlers, and that each is a function. It can't check which message each accepts.
  on: handlersSchema as unknown as z.ZodType<WechatMessageHandlers>,
  late: z
    .custom<OnLateWechatReply>(value => typeof value === 'function', 'must be a function (message, reply)')
    .optional(),
  onError: z
    .custom<OnWechatMessageError>(value => typeof value === 'function', 'must be a function (error, message)')
    .optional(),
}

const optionsSchema = z.strictObject({ ...tokenManagerShape, ...messageOwnShape })

export interface ParsedMessageOptions extends Omit<MessageHandlerOptions, 'token' | 'encodingAesKey'> {
  token: Secret
  /** The current key, then the previous one. Empty in plain mode. */
  aesKeys: readonly Secret[]
}

/**
 * Parses the options of `messageHandler`; the environment's variables fill in what they leave out.
 * @throws {WechatConfigError} naming the option, or the variable that is missing
 */
export function parseMessageOptions(options: unknown, environment: NodeJS.ProcessEnv): ParsedMessageOptions {
  const parsed = parseOptions('messageHandler', optionsSchema, options)
  const token = parsed.token ?? tokenFrom(environment)
  return { ...parsed, token: new Secret(token), aesKeys: readAesKeys(parsed.encodingAesKey, environment) }
}

function readAesKeys(
  given: string | readonly string[] | undefined,
  { WECHAT_PUSH_AES_KEY: variable }: NodeJS.ProcessEnv,
): Secret[] {
  if (given !== undefined) return parseAesKeys('encodingAesKey', given)
  return variable ? parseAesKeys('WECHAT_PUSH_AES_KEY', variable) : []
}

function tokenFrom({ WECHAT_PUSH_TOKEN: token }: NodeJS.ProcessEnv): string {
  if (!token) {
    throw optionError('messageHandler', 'token', 'must be set (or WECHAT_PUSH_TOKEN in the environment)')
  }
  const { error } = messageOwnShape.token.safeParse(token)
  if (error) throw optionError('messageHandler', 'WECHAT_PUSH_TOKEN', error.issues[0]?.message ?? '')
  return token
}

/** Parses the keys, the current one first. The error does not repeat a value, because it can be a key. */
function parseAesKeys(option: string, given: string | readonly string[]): Secret[] {
  const keys = typeof given === 'string' ? given.split(',').map(key => key.trim()) : given
  if (keys.length === 0 || !keys.every(key => /^[A-Za-z0-9+/]{43}$/.test(key))) {
    throw optionError(
      'messageHandler',
      option,
      "must be the EncodingAESKey of WeChat's console, 43 letters and digits, or the new and the previous one with a comma between",
    )
  }
  return keys.map(key => new Secret(key))
}
