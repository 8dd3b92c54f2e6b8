import type { Response } from 'express'
import { startDeadline } from '../../util/deadline.js'
import type { ForwardedAnswer } from '../../wechat-api/forward.js'

/** The errcodes of a used-up quota. WeChat sends them with HTTP status 200; back ends get 429. */
const QUOTA_ERRCODES = [45009, 45011]
const DEAD_TOKEN_ERRCODES = [40001, 40014, 42001]
const IDLE_TIMEOUT_MS = 10_000
const PRINTABLE = /^[\x20-\x7e]{1,256}$/

export function isDeadTokenAnswer({ errcode }: ForwardedAnswer): boolean {
  return errcode !== undefined && DEAD_TOKEN_ERRCODES.includes(errcode)
}

/**
 * Sends WeChat's status, content type and body, with headers that keep browsers from running any of it. If WeChat's
 * answer holds the access token, `[REDACTED]` is sent instead of the token. If the token comes after the first MiB of a
 * body, the connection is destroyed.
 */
export async function sendApiAnswer(
  res: Response,
  answer: ForwardedAnswer,
  tokens: readonly string[],
): Promise<void> {
  const spellings = tokens.flatMap(getSpellings)
  const held = redact(answer.held, spellings)
  const contentType = answer.contentType ?? ''
  const isShown = PRINTABLE.test(contentType) && !spellings.some(token => contentType.includes(token))
  res.statusCode = getStatus(answer)
  const headers = {
    // This header is set without Express's res.type(), which would add a charset.
    'Content-Type': isShown ? contentType : 'application/octet-stream',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    ...(answer.isComplete && { 'Content-Length': held.length }),
  }
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  if (answer.isComplete) res.end(held)
  else await sendRest(res, answer, held, spellings)
}

function getStatus(answer: ForwardedAnswer): number {
  if (answer.errcode !== undefined && QUOTA_ERRCODES.includes(answer.errcode)) return 429
  // WeChat refused the replacing token too. That is no mistake of the back end, so the status is 502.
  return isDeadTokenAnswer(answer) ? 502 : answer.status
}

async function sendRest(
  res: Response,
  answer: ForwardedAnswer,
  held: Buffer,
  spellings: readonly string[],
): Promise<void> {
  const longest = Math.max(...spellings.map(token => token.length))
  const idle = startDeadline(IDLE_TIMEOUT_MS, () => res.destroy())
  // If the client disconnects or the answer stalls, WeChat's answer is closed, or else the loop would wait for ever.
  res.once('close', answer.close)
  try {
    // The last bytes, as many as a token has, are held back: a token can begin in them and end in the next chunk.
    res.write(held.subarray(0, -longest))
    let seam = held.subarray(-longest)
    for await (const chunk of answer.rest()) {
      const text = Buffer.concat([seam, chunk])
      if (spellings.some(token => text.includes(token))) return void res.destroy()
      idle.refresh()
      if (text.length > longest && !res.write(text.subarray(0, -longest))) await drained(res)
      if (res.destroyed) return
      seam = text.subarray(-longest)
    }
    res.end(seam)
  } finally {
    idle.clear()
    answer.close()
  }
}

function drained(res: Response): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const go = () => {
    res.off('drain', go).off('close', go)
    resolve()
  }
  res.on('drain', go).on('close', go)
  return promise
}

/** Returns the forms in which an answer can hold the token: as it is, URL-encoded, and with `/` as `\/`. */
function getSpellings(token: string): string[] {
  return [token, encodeURIComponent(token), token.replaceAll('/', '\\/')]
}

function redact(body: Buffer, spellings: readonly string[]): Buffer {
  if (!spellings.some(token => body.includes(token))) return body
  const text = spellings.reduce(
    (redacted, token) => redacted.replaceAll(token, '[REDACTED]'),
    body.toString('latin1'),
  )
  return Buffer.from(text, 'latin1')
}
