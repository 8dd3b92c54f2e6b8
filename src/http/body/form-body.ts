import express, { type Request, type Response } from 'express'
import { requestError } from '../../errors/create-error.js'

const MAX_BODY_BYTES = 4 * 1024
const decodeForm = express.urlencoded({ extended: false, limit: MAX_BODY_BYTES })

/**
 * Reads the texts of a form that a page posts without a script, also if a body parser has read the body before. A
 * body of another content type has no texts.
 * @throws {WechatRequestError} 400 if the form can't be decoded, 413 if it is over 4 KiB
 */
export async function readFormBody(req: Request, res: Response): Promise<ReadonlyMap<string, string>> {
  if (!req.readableDidRead) await decode(req, res)
  const body: unknown = req.body
  const entries = typeof body === 'string' ? [...new URLSearchParams(body)] : Object.entries(Object(body))
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function decode(req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    decodeForm(req, res, (error?: unknown) => {
      if (error === undefined || error === null) resolve()
      else reject(requestError(isTooLarge(error) ? 'body_too_large' : 'bad_form'))
    })
  })
}

function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 413
}
