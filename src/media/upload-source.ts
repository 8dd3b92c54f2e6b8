import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { requestError } from '../errors/create-error.js'
import { WechatConfigError, type WechatRequestError } from '../errors/errors.js'

/** The path of a file, its bytes, or a stream. */
export type UploadSource = string | Uint8Array | Readable

/** A source whose size and first bytes are known. */
export interface OpenedUpload {
  readonly size: number
  readonly head: Buffer
  /** Whether `open` can be called more than once. */
  readonly canReopen: boolean
  open(): Uint8Array | Readable
  close(): Promise<void>
}

interface OpenOptions {
  /** The number of bytes of a stream, if it is known. */
  size: number | undefined
  maxBytes: number
  signal: AbortSignal | undefined
}

/** How many first bytes are read to recognise the type of a file. */
const HEAD_BYTES = 16

/**
 * Opens a source, and reads its size and first bytes.
 * @throws {WechatRequestError} `upload_too_large` or `upload_empty`; what the file system or the stream throws
 */
export async function openUploadSource(source: UploadSource, options: OpenOptions): Promise<OpenedUpload> {
  if (typeof source === 'string') return openFile(source, options)
  if (source instanceof Uint8Array) return openBytes(source, options)
  if (!(source instanceof Readable)) {
    throw new WechatConfigError('uploadMedia: the second argument must be a path, bytes or a stream')
  }
  const detach = destroyOnAbort(source, options.signal)
  try {
    return options.size === undefined
      ? openBytes(await collect(source, options.maxBytes), options)
      : await openSizedStream(source, options.size, options)
  } catch (error) {
    source.destroy()
    throw error
  } finally {
    detach()
  }
}

function openBytes(bytes: Uint8Array, { maxBytes }: OpenOptions): OpenedUpload {
  assertSize(bytes.length, maxBytes)
  return {
    size: bytes.length,
    head: Buffer.from(bytes.subarray(0, HEAD_BYTES)),
    canReopen: true,
    open: () => bytes,
    close: async () => {},
  }
}

async function openFile(path: string, { maxBytes }: OpenOptions): Promise<OpenedUpload> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    assertSize(size, maxBytes)
    return {
      size,
      head: await readHead(file),
      canReopen: true,
      open: () => file.createReadStream({ start: 0, end: size - 1, autoClose: false }),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readHead(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

async function openSizedStream(
  stream: Readable,
  size: number,
  { maxBytes, signal }: OpenOptions,
): Promise<OpenedUpload> {
  assertSize(size, maxBytes)
  const chunks = stream.iterator({ destroyOnReturn: false })
  const read: Buffer[] = []
  while (getTotalLength(read) < HEAD_BYTES) {
    const { value, done } = await chunks.next()
    if (done) break
    read.push(Buffer.from(value))
  }
  const head = Buffer.concat(read)

  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  const detach = destroyOnAbort(stream, signal)
  return {
    size,
    head: head.subarray(0, HEAD_BYTES),
    canReopen: false,
    open: () => Readable.from(whole(), { objectMode: false }),
    async close() {
      detach()
      stream.destroy()
    },
  }
}

async function collect(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const piece = Buffer.from(chunk)
    size += piece.length
    if (size > maxBytes) throw tooLargeError(maxBytes)
    chunks.push(piece)
  }
  return Buffer.concat(chunks)
}

function destroyOnAbort(stream: Readable, signal: AbortSignal | undefined): () => void {
  const onAbort = () => stream.destroy(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  return () => signal?.removeEventListener('abort', onAbort)
}

function assertSize(size: number, maxBytes: number): void {
  if (size === 0) throw requestError('upload_empty')
  if (size > maxBytes) throw tooLargeError(maxBytes)
}

function tooLargeError(maxBytes: number): WechatRequestError {
  return requestError('upload_too_large', `The file is over ${maxBytes} bytes`)
}

function getTotalLength(chunks: readonly Buffer[]): number {
  return chunks.reduce((length, chunk) => length + chunk.length, 0)
}
