import type { Request, Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { readTextBody } from './text-body.js'

/**
 * Reads the request's JSON object under any content type, and also if a body parser has read the body before.
 * @throws {WechatRequestError} 400 if it is no JSON object, 413 if it is over 64 KiB, 415 for an unknown encoding
 */
export async function readJsonBody(req: Request, res: Response): Promise<Record<string, unknown>> {
  const value = await readTextBody(req, res)
  const isText = typeof value === 'string' || Buffer.isBuffer(value)
  const body = isText ? parseJson(value.toString()) : value
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw requestError('bad_body')
  if (!isText && req.is('urlencoded')) {
    throw requestError('bad_body', 'A form parser has read the body as a form', {
      userMessage: '请求体应为 JSON，而不是表单',
    })
  }
  return body as Record<string, unknown>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw requestError('bad_body', 'The body is no JSON')
  }
}
