import type { RequestHandler } from 'express'
import { z } from 'zod'
import { parseOptions } from '../util/parse-options.js'

/** The options of {@link domainVerificationHandler}. */
export interface DomainVerificationOptions {
  /** The file's name as WeChat's console shows it, such as `MP_verify_Ab12Cd34Ef56Gh78.txt`. */
  fileName: string
  /** The file's text. @default the part of its name after `MP_verify_`, as in WeChat's file */
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
 * Serves the file at the site's root by which WeChat verifies that a domain is yours. Mount it before a handler
 * that answers all paths, as single-page apps have, and leave it there: WeChat fetches the file again later.
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
    const isForFile = req.path === `/${fileName}` && (req.method === 'GET' || req.method === 'HEAD')
    if (isForFile) res.type('text/plain').send(text)
    else next()
  }
}
