import type { z } from 'zod'
import { configError } from '../errors/create-error.js'
import { WechatConfigError } from '../errors/errors.js'
import { http } from './node-http.js'

/**
 * Parses the options of a factory once, so that the rest of the code can rely on them.
 *
 * @throws {WechatConfigError} naming the factory and the option, and never the value of a secret.
 */
export function parseOptions<Schema extends z.ZodType>(
  factory: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  if (options instanceof http.IncomingMessage) {
    throw configError(
      'factory_uncalled',
      `${factory} was passed uncalled: write ${factory}() or ${factory}({ … }), which returns the handler`,
    )
  }
  const given = options ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    const kind = Array.isArray(given) ? 'an array' : `a ${typeof given}`
    throw new WechatConfigError(`${factory}: the options must be one object, ${factory}({ … }), got ${kind}`)
  }
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new WechatConfigError(`${factory}: ${describeIssue(result.error.issues[0])}`)
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    return `"${[...issue.path, issue.keys[0]].join('.')}" is not an option`
  }
  const path = issue?.path.join('.')
  return path ? `"${path}" ${issue?.message}` : `${issue?.message}`
}
