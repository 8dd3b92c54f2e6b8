import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How one request ended: its HTTP status, `cut` if the server closed the connection, or `left` if this client did. */
export type Ending = string

export interface Sending {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** A `Content-Length` that is larger than the body. The client never sends the missing bytes. */
  announcedBytes?: number
  /** Reads the answer. Resolves to the ending if it stops before the answer's end. @default reads and discards all */
  read?(answer: IncomingMessage): Promise<Ending | undefined>
  /** After so many milliseconds the client closes the connection. @default 30_000 */
  leaveAfterMs?: number
}

export interface Received {
  ending: Ending
  headers: IncomingMessage['headers']
}

/** Sends one request on a new connection. The promise never rejects: a failure is one of the endings. */
export async function send(url: string, sending: Sending, signal: AbortSignal): Promise<Received> {
  const {
    method = 'GET',
    headers = {},
    body,
    announcedBytes,
    read = readAll,
    leaveAfterMs = 30_000,
  } = sending
  const leaving = AbortSignal.any([signal, AbortSignal.timeout(leaveAfterMs)])
  const { promise, resolve } = Promise.withResolvers<Received>()
  const endWith = (ending: Ending) => resolve({ ending, headers: {} })
  const length = announcedBytes ?? (body === undefined ? undefined : Buffer.byteLength(body))
  const sent = request(
    url,
    {
      method,
      agent: false,
      headers: { ...headers, ...(length !== undefined && { 'Content-Length': length }) },
      signal: leaving,
    },
    answer => {
      read(answer).then(
        ending => resolve({ ending: ending ?? String(answer.statusCode), headers: answer.headers }),
        () => endWith(leaving.aborted ? 'left' : 'cut'),
      )
    },
  )
  sent.once('error', () => endWith(leaving.aborted ? 'left' : 'cut'))
  if (announcedBytes === undefined) sent.end(body)
  else sent.write(body ?? '')
  try {
    return await promise
  } finally {
    sent.destroy()
  }
}

async function readAll(answer: IncomingMessage): Promise<undefined> {
  for await (const _chunk of answer);
}

/** Returns a reader that reads so many bytes, and then none for `stallMs` or until the server closes the connection. */
export function readAndStall(bytes: number, stallMs: number): (answer: IncomingMessage) => Promise<Ending> {
  return async answer => {
    await readBytes(answer, bytes)
    answer.pause()
    const closed = once(answer.socket, 'close').then(() => 'cut')
    return Promise.race([delay(stallMs, 'left', { ref: false }), closed])
  }
}

/** Returns a reader that reads so many bytes, after which the client closes the connection. */
export function readAndLeave(bytes: number): (answer: IncomingMessage) => Promise<Ending> {
  return async answer => {
    await readBytes(answer, bytes)
    return 'left'
  }
}

async function readBytes(answer: IncomingMessage, bytes: number): Promise<void> {
  let read = 0
  for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
    read += (chunk as Buffer).length
    if (read >= bytes) return
  }
}

/** Sends text that is not a whole request, and waits at most `waitMs` for the server to answer or close the connection. */
export function sendText(origin: string, text: string, waitMs: number, signal: AbortSignal): Promise<Ending> {
  const { hostname, port } = new URL(origin)
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const leaving = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  let answer = ''
  const socket = connect({ host: hostname, port: Number(port), signal: leaving })
  socket.write(text)
  socket.on('data', chunk => {
    answer += chunk.toString('latin1')
  })
  socket.once('error', () => {})
  socket.once('close', () => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
    resolve(status ?? (leaving.aborted ? 'left' : 'cut'))
  })
  return promise
}
