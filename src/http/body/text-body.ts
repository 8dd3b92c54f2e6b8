import express, { type Request, type Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import type { WechatRequestError } from '../../errors/errors.js'

export const MAX_BODY_BYTES = 64 * 1024
const BYTE_ORDER_MARK = '\uFEFF'
/** Reads bodies that are not plain UTF-8: with another charset, or with a content encoding. */
const decodeText = express.text({ type: () => true, limit: MAX_BODY_BYTES })

/**
 * Reads the request's body as text under any content type. If a body parser has read the body before, resolves to what
 * that parser made of it.
 * @throws {WechatRequestError} 400 if the body can't be read, 413 if it is over 64 KiB, 415 for an unknown encoding
 */
export async function readTextBody(req: Request, res: Response): Promise<unknown> {
  const parsedBefore: unknown = req.body
  if (isParsed(parsedBefore) || req.readableDidRead) return parsedBefore
  req.body = undefined
  if (isPlainUtf8(req)) return readUtf8(req)
  await new Promise<void>((resolve, reject) => {
    decodeText(req, res, (error?: unknown) => (error ? reject(toRequestError(error)) : resolve()))
  })
  return req.body
}

/** Whether a parser has parsed the body. If it skips a body, `req.body` is undefined, or `{}` with body-parser 1. */
function isParsed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body))
    return body !== undefined && body !== null
  return Object.keys(body).length > 0
}

/** Whether the body is UTF-8 (the default charset) without a content encoding, under any content type. */
function isPlainUtf8({ headers }: Request): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]
  const isUtf8 = charset === undefined || /^utf-?8$/i.test(charset)
  return isUtf8 && (headers['content-encoding'] ?? 'identity') === 'identity'
}

/** Reads a UTF-8 body. `express.text`, which handles any charset, would take more time than a page's signature. */
function readUtf8(req: Request): Promise<string> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.reject(bodyTooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const stop = (error: WechatRequestError) => {
      req.off('data', onData).off('end', onEnd).off('close', onClose)
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) stop(bodyTooLarge())
      else chunks.push(chunk)
    }
    const onEnd = () => {
      req.off('close', onClose)
      const text = chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString()
      resolve(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)
    }
    const onClose = () => stop(requestError('bad_body', 'The body could not be read'))
    req.on('data', onData).once('end', onEnd).once('close', onClose)
  })
}

function toRequestError(error: unknown): WechatRequestError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 400
  if (status === 413) return bodyTooLarge()
  if (status === 415) return requestError('body_encoding')
  return requestError('bad_body', 'The body could not be read')
}

function bodyTooLarge(): WechatRequestError {
  return requestError('body_too_large', `The body is over ${MAX_BODY_BYTES} bytes`)
}
