import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createRedisConnection } from '../../../examples/gateway/redis.ts'
import { redisAddress } from '../../../examples/gateway/redis-address.ts'

const TLS_HANDSHAKE = 0x16

/** What a sentinel at that port hears first, from a gateway of that address. */
async function firstWordsTo(addressOf: (port: number) => string): Promise<Buffer> {
  const heard = Promise.withResolvers<Buffer>()
  const sentinel = createServer(socket => {
    socket
      .on('error', () => {})
      .once('data', data => {
        heard.resolve(data)
        socket.destroy()
      })
  }).listen(0, '127.0.0.1')
  await once(sentinel, 'listening')
  const { port } = sentinel.address() as AddressInfo
  const connection = createRedisConnection(redisAddress.parse(addressOf(port)), '', () => {})
  onTestFinished(async () => {
    await connection.close()
    sentinel.close()
  })
  connection.connect().catch(() => {})
  return heard.promise
}

it('sentinels are spoken to over TLS where the address says so', async () => {
  const words = await firstWordsTo(port => `rediss+sentinel://127.0.0.1:${port}/mymaster`)
  expect(words[0]).toBe(TLS_HANDSHAKE)
})

it("sentinels get neither the servers' password nor their database", async () => {
  const words = await firstWordsTo(port => `redis+sentinel://app:s3cret@127.0.0.1:${port}/mymaster/3`)
  expect(String(words)).toMatch(/^\*/)
  expect(String(words)).not.toMatch(/s3cret|AUTH|SELECT/i)
})
