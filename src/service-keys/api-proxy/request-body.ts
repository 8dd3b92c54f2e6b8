import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'
import type { WechatRequestError } from '../../errors/errors.js'
import { startDeadline } from '../../util/deadline.js'
import type { CallBody } from '../../wechat-api/call-body.js'

/** A body up to this size is held in memory, so that the call can be repeated if WeChat refuses the token. */
const HELD_BYTES = 1024 * 1024
/** A body over this size is refused. WeChat's temporary media have at most 10 MiB, some other material has more. */
const STREAMED_BYTES = 20 * 1024 * 1024
const DROP_IDLE_MS = 10_000

/**
 * Reads the body of a POST. Up to 1 MiB it is held in memory. A larger multipart body, of up to 20 MiB by its
 * Content-Length, stays a stream, which can be sent only once.
 * @throws {WechatRequestError} 413 if the body is larger, 415 if it is compressed, 400 if a body parser has read a form
 */
export async function readProxyBody(req: Request): Promise<CallBody | undefined> {
  if (req.method !== 'POST') return undefined
  if ((req.get('content-encoding') ?? 'identity') !== 'identity') throw requestError('body_encoding')
  const contentType = req.get('content-type') ?? 'application/json'
  const parsed = readParsed(req)
  if (parsed) return heldBody(contentType, parsed)

  const length = Number(req.get('content-length') ?? Number.NaN)
  if (length > HELD_BYTES) {
    const isMultipart = /^multipart\//i.test(contentType)
    if (!isMultipart || length > STREAMED_BYTES) throw tooLargeError()
    return { contentType, length, canReopen: false, open: () => req }
  }
  return heldBody(contentType, await collect(req))
}

function heldBody(contentType: string, bytes: Buffer): CallBody {
  return { contentType, length: bytes.length, canReopen: true, open: () => bytes }
}

/** Returns the body from what a body parser of the app has made of it; undefined if no parser has read it. */
function readParsed(req: Request): Buffer | undefined {
  if (!req.readableDidRead) return undefined
  const body: unknown = req.body
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (typeof body === 'object' && body !== null && req.is('json')) return Buffer.from(JSON.stringify(body))
  throw requestError(
    'bad_body',
    'A body parser before this handler has read a body that is not JSON; mount this handler before it',
  )
}

async function collect(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    const piece: Buffer = chunk
    size += piece.length
    // A larger body without a Content-Length can't be streamed, because WeChat accepts no body without a length.
    if (size > HELD_BYTES) throw tooLargeError()
    chunks.push(piece)
  }
  return Buffer.concat(chunks)
}

/**
 * Reads and drops the rest of a body before its answer is sent: many clients read the answer only after they have sent
 * the whole body, and lose it if the connection is reset, as one with unread bytes is. Stops after 20 MiB, or after ten
 * seconds without a byte.
 */
export async function dropRestOfBody(req: Request): Promise<void> {
  if (req.complete || req.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const idle = startDeadline(DROP_IDLE_MS, resolve)
  let size = 0
  const onData = (chunk: Buffer) => {
    idle.refresh()
    size += chunk.length
    if (size > STREAMED_BYTES) resolve()
  }
  req.on('data', onData).once('end', resolve).once('close', resolve).resume()
  await promise
  idle.clear()
  req.off('data', onData).off('end', resolve).off('close', resolve)
}

function tooLargeError(): WechatRequestError {
  return requestError(
    'body_too_large',
    `A body may have ${HELD_BYTES} bytes, and a multipart body with a Content-Length ${STREAMED_BYTES}`,
  )
}
