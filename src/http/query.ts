import type { Request } from 'express'
import { WechatRequestError } from '../errors/errors.js'

/**
 * One value of the query string, read by the same rule whatever query parser the app has: they differ between
 * Express 4 and 5, and apps replace them or switch them off.
 *
 * @throws {WechatRequestError} 400 where it comes more than once, or with brackets
 */
export function readQuery(req: Request, name: string): string | undefined {
  const start = req.url.indexOf('?')
  const query = new URLSearchParams(start === -1 ? '' : req.url.slice(start + 1))
  const values = query.getAll(name)
  const hasBrackets = [...query.keys()].some(key => key.startsWith(`${name}[`))
  if (values.length > 1 || hasBrackets) {
    throw new WechatRequestError(`"${name}" comes more than once, or is no text`, {
      code: 'bad_query',
      status: 400,
    })
  }
  return values[0]
}
