import type { RequestHandler } from 'express'
import { z } from 'zod'
import { parseOptions } from '../util/parse-options.js'

export interface DomainVerificationOptions {
  /** As WeChat's console names it, such as `MP_verify_Ab12Cd34Ef56Gh78.txt`. */
  fileName: string
  /** The file's text. @default the part of its name after `MP_verify_`, which is what WeChat puts there */
  content?: string | undefined
}

const optionsSchema = z.strictObject({
  fileName: z
    .string('must be the name of the file')
    .regex(
      /^(?:MP|WW)_verify_[A-Za-z0-9]{8,64}\.txt$/,
      'must be a name such as "MP_verify_Ab12Cd34Ef56Gh78.txt"',
    ),
  content: z.string().max(1024, 'must be the short text of the file').optional(),
})

/**
 * Serves the file at the site's root by which WeChat sees that a domain is yours. Mount it before anything that
 * answers all paths, as single-page apps do; WeChat looks again later, so it stays.
 *
 * @see 公众号文档 «网页授权域名»
 *
 * @example
 * app.use(domainVerificationHandler({ fileName: 'MP_verify_Ab12Cd34Ef56Gh78.txt' }))
 *
 * @throws {WechatConfigError} from the factory, never during a request
 */
export function domainVerificationHandler(options: DomainVerificationOptions): RequestHandler {
  const { fileName, content } = parseOptions('domainVerificationHandler', optionsSchema, options)
  const text = content ?? fileName.replace(/^.._verify_|\.txt$/g, '')

  return function domainVerification(req, res, next) {
    const isAsked = req.path === `/${fileName}` && (req.method === 'GET' || req.method === 'HEAD')
    if (!isAsked) return next()
    res.type('text/plain').send(text)
  }
}
