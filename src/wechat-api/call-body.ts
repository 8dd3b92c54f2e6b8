import type { Readable } from 'node:stream'

/** The body of a call to WeChat that is not JSON. */
export interface CallBody {
  readonly contentType: string
  /** The number of bytes. It is sent as Content-Length, since WeChat answers 412 to a multipart body without it. */
  readonly length: number
  /** Whether `open` can be called again, for a repeated call. */
  readonly canReopen: boolean
  /** Opens the bytes for one attempt. */
  open(): Uint8Array | Readable
}

/** Encodes a form as multipart, in memory, so that its length is known and the call can be repeated. */
export async function encodeForm(form: FormData): Promise<CallBody> {
  const encoded = new Response(form)
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data'
  return { contentType, length: bytes.length, canReopen: true, open: () => bytes }
}

/** The rate at which slow lines upload, 100 KiB a second, by which time limits grow: by 102 seconds for 10 MiB. */
const BYTES_PER_MS = 102.4

/** By how many milliseconds a body extends the time limits of its call. */
export function uploadMs(body: CallBody | undefined): number {
  return body ? Math.ceil(body.length / BYTES_PER_MS) : 0
}
