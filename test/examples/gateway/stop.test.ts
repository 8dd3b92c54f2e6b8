import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createDrain } from '../../../examples/gateway/stop.ts'

/** More than the system's buffers of one connection hold. */
const LARGE_BYTES = 16 * 1024 * 1024

const agent = new Agent({ keepAlive: true })
let server: Server

afterEach(() => {
  server.closeAllConnections()
})

async function listen(withinMs: number, answer: RequestListener): Promise<() => Promise<void>> {
  server = createServer()
  const drain = createDrain(server, withinMs)
  server.on('request', answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return drain
}

async function ask(): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo
  const [res] = await once(get({ port, agent }), 'response')
  return res
}

it('sends the whole of an answer whose reader is slow', async () => {
  const drain = await listen(10_000, (_req, res) => res.end(Buffer.alloc(LARGE_BYTES)))
  const res = await ask()
  const stopped = drain()
  let bytes = 0
  for await (const chunk of res) bytes += chunk.length
  expect(bytes).toBe(LARGE_BYTES)
  await stopped
})

it('closes the connection after an answer under way, and says so in its head', async () => {
  const begun = Promise.withResolvers<() => void>()
  const drain = await listen(10_000, (_req, res) => begun.resolve(() => res.end('{}')))
  const answer = ask()
  const finish = await begun.promise
  const stopped = drain()
  setImmediate(finish)
  expect((await answer).resume().headers.connection).toBe('close')
  await stopped
})

it('cuts a connection whose request is not answered in time', async () => {
  const begun = Promise.withResolvers<void>()
  const drain = await listen(250, () => begun.resolve())
  const answer = ask()
  await begun.promise
  await Promise.all([drain(), expect(answer).rejects.toThrow(/socket hang up/)])
})
