import type { Request } from 'express'
import { Refusal } from '../platform/refusal.js'

const largestCall = 16 * 1024 * 1024

/** Reads the fields of an HTML form, also if the app's own parser has read the body before. */
export async function readForm(req: Request): Promise<URLSearchParams> {
  const parsed: unknown = req.body
  if (typeof parsed === 'object' && parsed !== null && !Buffer.isBuffer(parsed)) {
    return new URLSearchParams(
      Object.entries(parsed).map(([name, value]): [string, string] => [name, String(value)]),
    )
  }
  return new URLSearchParams((await readBody(req)).toString())
}

/** Reads the raw body. If the app's own parser has read it before, the result is written from the parsed value. */
export async function readBody(req: Request, largestBody = largestCall): Promise<Buffer> {
  const parsed: unknown = req.body
  if (Buffer.isBuffer(parsed)) return parsed
  if (req.readableEnded)
    return Buffer.from(typeof parsed === 'string' ? parsed : JSON.stringify(parsed ?? ''))

  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    length += bytes.length
    // Bytes past the limit are read but not kept, because few clients read an answer in the middle of an upload.
    if (length <= largestBody) chunks.push(bytes)
  }
  if (length > largestBody) throw new Refusal(45001)
  return Buffer.concat(chunks)
}
