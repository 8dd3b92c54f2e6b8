// One of many processes under test: an app that uses the built package, and gets its settings over HTTP.
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import {
  createRedisTokenStore,
  createTokenManager,
  jssdkConfigHandler,
  resilientRedisOptions,
} from 'express-wechat'
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
  /** By how many milliseconds the wall clock of this process is wrong. */
  wallOffsetMs: number
}

let manager: ReturnType<typeof createTokenManager> | undefined
let jssdk: RequestHandler = (_req, res) => void res.status(503).json({ code: 'not configured' })
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
  return createRedisTokenStore(client)
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
  jssdk = jssdkConfigHandler({
    tokenManager: manager,
    allowedOrigins: ['https://m.example.com'],
    onError: (error, _req, res) => void res.status(error.status).json({ code: error.code }),
  })
}

function tokens() {
  if (!manager) throw new Error('not configured')
  return manager
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
app.post('/jssdk', (req, res, next) => jssdk(req, res, next))
app.get('/call', async (_req, res) => {
  res.json(await tokens().request('/cgi-bin/tags/get'))
})
app.use(((error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ code: error.code ?? String(error) })
}) satisfies express.ErrorRequestHandler)

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
// The process ends if the process of the tests has ended.
process.on('disconnect', () => process.exit())
