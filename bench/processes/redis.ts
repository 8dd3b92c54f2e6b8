import { spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { resilientRedisOptions } from 'express-wechat'
import { createClient } from 'redis'

/** Starts a Redis server on a free port. It saves nothing to disk. */
export async function startRedis(): Promise<{ url: string; stop(): void }> {
  const port = await findFreePort()
  const server = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'])
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.stdout.on('data', chunk => String(chunk).includes('Ready to accept') && resolve())
  await promise
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill() }
}

export async function connectRedis(url: string) {
  return createClient({ url, ...resilientRedisOptions() }).connect()
}

async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(done => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise(done => probe.close(done))
  return port
}
