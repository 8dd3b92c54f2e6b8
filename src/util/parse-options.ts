import { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { WechatConfigError } from '../errors/errors.js'

/**
 * Parses what a factory was given, once, into what the rest of it can trust.
 *
 * @throws {WechatConfigError} naming the factory and the option, and never the value of a secret.
 */
export function parseOptions<Schema extends z.ZodType>(
  factory: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  if (options instanceof IncomingMessage) {
    throw new WechatConfigError(
      `${factory} was passed uncalled: write ${factory}() or ${factory}({ … }), which returns the handler`,
      'factory_uncalled',
    )
  }
  const result = schema.safeParse(options ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.')
  const complaint = issue?.code === 'unrecognized_keys' ? 'is not an option' : issue?.message
  throw new WechatConfigError(`${factory}: ${path ? `"${path}" ${complaint}` : complaint}`)
}
