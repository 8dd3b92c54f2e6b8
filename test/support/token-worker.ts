// One process of many under test: an app over the built package, told over HTTP what to be. Node runs it as it is.
import { createHash, randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { createClient, createCluster, createSentinel } from 'redis'

export interface WorkerSettings {
  appId: string
  tokenMode: 'stable' | 'legacy'
  apiBaseUrl: string
  timeoutMs: number
  redis:
    | { kind: 'single'; url: string }
    | { kind: 'cluster'; ports: number[] }
    | { kind: 'sentinel'; name: string; ports: number[] }
  /** By how much this machine's clock is wrong. */
  wallOffsetMs: number
}

type Dist<File extends keyof DistFiles> = DistFiles[File]
interface DistFiles {
  'tokens/token-manager.js': typeof import('../../src/tokens/token-manager.ts')
  'tokens/redis-token-store.js': typeof import('../../src/tokens/redis-token-store.ts')
  'tokens/resilient-redis-options.js': typeof import('../../src/tokens/resilient-redis-options.ts')
}

const dist = <File extends keyof DistFiles>(file: File): Promise<Dist<File>> =>
  import(new URL(`../../dist/${file}`, import.meta.url).href)

const { createTokenManager } = await dist('tokens/token-manager.js')
const { redisTokenStore } = await dist('tokens/redis-token-store.js')
const { resilientRedisOptions } = await dist('tokens/resilient-redis-options.js')

let manager: ReturnType<typeof createTokenManager> | undefined
let disconnect = () => {}
const realNow = Date.now.bind(Date)

async function connect(redis: WorkerSettings['redis']) {
  const settings = resilientRedisOptions()
  const client =
    redis.kind === 'single'
      ? createClient({ url: redis.url, ...settings })
      : redis.kind === 'cluster'
        ? createCluster({
            rootNodes: redis.ports.map(port => ({ url: `redis://127.0.0.1:${port}` })),
            defaults: settings,
          })
        : createSentinel({
            name: redis.name,
            sentinelRootNodes: redis.ports.map(port => ({ host: '127.0.0.1', port })),
            nodeClientOptions: settings,
          })
  client.on('error', () => {})
  await client.connect()
  disconnect = () => client.destroy()
  return redisTokenStore(client)
}

async function configure(settings: WorkerSettings): Promise<void> {
  await manager?.close()
  disconnect()
  Date.now = () => realNow() + settings.wallOffsetMs
  manager = createTokenManager({
    appId: settings.appId,
    appSecret: 'a-secret-of-tests',
    apiBaseUrl: settings.apiBaseUrl,
    tokenMode: settings.tokenMode,
    timeoutMs: settings.timeoutMs,
    environment: 'test',
    store: await connect(settings.redis),
  })
}

function tokens() {
  if (!manager) throw new Error('not configured')
  return manager
}

/** What `POST /jssdk` costs, without the checks that have nothing to do with tokens. */
const jssdk: RequestHandler = async (_req, res) => {
  const ticket = await tokens().getJsapiTicket()
  const noncestr = randomBytes(8).toString('hex')
  const timestamp = Math.floor(realNow() / 1000)
  const text = `jsapi_ticket=${ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=https://m.example.com/`
  const signature = createHash('sha1').update(text).digest('hex')
  res.json({ appid: tokens().appId, noncestr, timestamp, signature })
}

const app = express()
app.post('/configure', express.json(), async (req, res) => {
  await configure(req.body)
  res.json({})
})
app.post('/cold', async (req, res) => {
  const callers = Array.from({ length: Number(req.query.callers) }, (_, index) =>
    index % 2 === 0 ? tokens().getAccessToken() : tokens().getJsapiTicket(),
  )
  res.json({ values: [...new Set(await Promise.all(callers))] })
})
app.post('/jssdk', jssdk)
app.get('/call', async (_req, res) => {
  res.json(await tokens().request('/cgi-bin/tags/get'))
})
app.use(((error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ code: error.code ?? String(error) })
}) satisfies express.ErrorRequestHandler)

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
// Whoever started it is gone.
process.on('disconnect', () => process.exit())
