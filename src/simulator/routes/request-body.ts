import type { Request } from 'express'
import { Refusal } from '../platform/refusal.js'

const largestBody = 16 * 1024 * 1024

/** The fields of an HTML form, also where the app's own parser took them apart before. */
export async function readForm(req: Request): Promise<URLSearchParams> {
  const parsed: unknown = req.body
  if (typeof parsed === 'object' && parsed !== null && !Buffer.isBuffer(parsed)) {
    return new URLSearchParams(
      Object.entries(parsed).map(([name, value]): [string, string] => [name, String(value)]),
    )
  }
  return new URLSearchParams((await readBody(req)).toString())
}

/** The raw body. In an app whose parser was there first, what that parser made of it. */
export async function readBody(req: Request): Promise<Buffer> {
  const parsed: unknown = req.body
  if (Buffer.isBuffer(parsed)) return parsed
  if (req.readableEnded)
    return Buffer.from(typeof parsed === 'string' ? parsed : JSON.stringify(parsed ?? ''))

  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    length += bytes.length
    // Read to the end all the same: an answer in the middle of an upload reaches few clients.
    if (length <= largestBody) chunks.push(bytes)
  }
  if (length > largestBody) throw new Refusal(45001)
  return Buffer.concat(chunks)
}
