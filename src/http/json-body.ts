import express, { type Request, type Response } from 'express'
import { requestError } from '../errors/create-error.js'
import type { WechatRequestError } from '../errors/errors.js'

const MAX_BODY_BYTES = 64 * 1024
/** Pages post JSON as `text/plain` or without a content type, so that any type is read as text. */
const readText = express.text({ type: () => true, limit: MAX_BODY_BYTES })

/**
 * Reads the request's JSON object under any content type, and also if a body parser has read the body before.
 * @throws {WechatRequestError} 400, 413 or 415
 */
export async function readJsonBody(req: Request, res: Response): Promise<Record<string, unknown>> {
  const parsedBefore: unknown = req.body
  const value = isParsed(parsedBefore) ? parsedBefore : await readUnparsed(req, res)
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

/** A body parser that did not match the content type leaves undefined, or (body-parser 1) an empty object. */
function isParsed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body))
    return body !== undefined && body !== null
  return Object.keys(body).length > 0
}

async function readUnparsed(req: Request, res: Response): Promise<unknown> {
  if (req.readableDidRead) return req.body
  req.body = undefined
  await new Promise<void>((resolve, reject) => {
    readText(req, res, (error?: unknown) => (error ? reject(toRequestError(error)) : resolve()))
  })
  return req.body
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw requestError('bad_body', 'The body is no JSON')
  }
}

function toRequestError(error: unknown): WechatRequestError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 400
  if (status === 413) return requestError('body_too_large', `The body is over ${MAX_BODY_BYTES} bytes`)
  if (status === 415) return requestError('body_encoding')
  return requestError('bad_body', 'The body could not be read')
}
