import express, { type Request, type Response } from 'express'
import { WechatRequestError } from '../errors/errors.js'

const MAX_BODY_BYTES = 64 * 1024
/** Pages post JSON as `text/plain`, or under no type: the type says nothing here. */
const readText = express.text({ type: () => true, limit: MAX_BODY_BYTES })

/**
 * The request's JSON object, whatever its content type says, whether or not a body parser ran before.
 * @throws {WechatRequestError} 400, 413 or 415
 */
export async function readJsonBody(req: Request, res: Response): Promise<Record<string, unknown>> {
  const parsedBefore: unknown = req.body
  const value = isMeaningful(parsedBefore) ? parsedBefore : await readUnparsed(req, res)
  const isText = typeof value === 'string' || Buffer.isBuffer(value)
  const body = isText ? parseJson(value.toString()) : value
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badBody('the body is no JSON object')
  if (!isText && req.is('urlencoded')) {
    throw badBody('a form parser has eaten the body; send JSON', '请求体应为 JSON，而不是表单')
  }
  return body as Record<string, unknown>
}

/** A parser that did not match the type leaves undefined, or (body-parser 1) an empty object. */
function isMeaningful(body: unknown): boolean {
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
    throw badBody('the body is no JSON')
  }
}

function toRequestError(error: unknown): WechatRequestError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 400
  if (status === 413) {
    return new WechatRequestError(`the body is over ${MAX_BODY_BYTES} bytes`, {
      code: 'body_too_large',
      status,
    })
  }
  if (status === 415) {
    return new WechatRequestError("the body's charset or encoding is unknown", {
      code: 'body_encoding',
      status,
    })
  }
  return badBody('the body could not be read')
}

function badBody(message: string, userMessage = '请求体应为 JSON 对象'): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_body', status: 400, userMessage })
}
