import type { Request } from 'express'
import { readBody } from '../request-body.js'

export interface UploadedFile {
  data: Buffer
  filename: string
}

/**
 * Reads the part named `media` of a multipart body; undefined if there is none. `malformed` without a Content-Length or
 * with another body, which the platform's gateway refuses.
 */
export async function readUploadedFile(req: Request): Promise<UploadedFile | undefined | 'malformed'> {
  const contentType = req.get('content-type') ?? ''
  const body = await readBody(req)
  if (req.get('content-length') === undefined || !/^multipart\/form-data\b/i.test(contentType))
    return 'malformed'

  const form = await parseForm(body, contentType)
  if (!form) return 'malformed'
  const part = form.get('media')
  if (part === null || typeof part === 'string') return undefined
  return { data: Buffer.from(await part.arrayBuffer()), filename: part.name }
}

async function parseForm(body: Buffer, contentType: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData()
  } catch {
    return undefined
  }
}
