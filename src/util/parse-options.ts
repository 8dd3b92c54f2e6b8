import { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { configError, optionError } from '../errors/create-error.js'
import { WechatConfigError } from '../errors/errors.js'

/**
 * Parses the options that a factory was given, once, so that the rest of the factory can rely on their types.
 *
 * @throws {WechatConfigError} naming the factory and the option, and never the value of a secret.
 */
export function parseOptions<Schema extends z.ZodType>(
  factory: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  if (options instanceof IncomingMessage) {
    throw configError(
      'factory_uncalled',
      `${factory} was passed uncalled: write ${factory}() or ${factory}({ … }), which returns the handler`,
    )
  }
  const result = schema.safeParse(options ?? {})
  if (result.success) return result.data
  throw firstComplaint(factory, result.error.issues[0], options)
}

function firstComplaint(
  factory: string,
  issue: z.core.$ZodIssue | undefined,
  options: unknown,
): WechatConfigError {
  if (issue?.code === 'unrecognized_keys')
    return optionError(factory, issue.keys[0] ?? '', 'is not an option')
  const option = issue?.path.join('.')
  if (option) return optionError(factory, option, issue?.message ?? 'is not acceptable')
  if (issue?.code === 'invalid_type') {
    return new WechatConfigError(
      `${factory}: takes one object of options, ${factory}({ … }), but was called with ${kindOf(options)}`,
    )
  }
  return new WechatConfigError(`${factory}: ${issue?.message}`)
}

/** Never the value, which can be a secret. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object of another kind' : `a ${typeof value}`
}
