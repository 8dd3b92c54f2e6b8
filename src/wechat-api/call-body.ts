import type { Readable } from 'node:stream'

/** A body that is not JSON. */
export interface CallBody {
  readonly contentType: string
  /** The number of bytes. It is sent as Content-Length, because WeChat answers 412 to a multipart body without one. */
  readonly length: number
  /** Whether `open` can be called again, for a repeated call. */
  readonly canReopen: boolean
  /** Opens the bytes for one attempt. */
  open(): Uint8Array | Readable
}

/** Encodes a form as multipart. All of it is held in memory, so that its length is known and the call can be repeated. */
export async function encodeForm(form: FormData): Promise<CallBody> {
  const encoded = new Response(form)
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data'
  return { contentType, length: bytes.length, canReopen: true, open: () => bytes }
}

/** Slow lines upload 100 KiB a second. A body of 10 MiB takes 102 seconds at that rate. */
const BYTES_PER_MS = 102.4

/** How many milliseconds a call may take longer because of its body. */
export function uploadMs(body: CallBody | undefined): number {
  return body ? Math.ceil(body.length / BYTES_PER_MS) : 0
}
