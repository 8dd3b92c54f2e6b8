// One process of two under test: an app over the built package, with its sessions and scans in Redis. Node runs it as
// it is.
import type { AddressInfo } from 'node:net'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import {
  createRedisTokenStore,
  createTokenManager,
  requireWechatLogin,
  resilientRedisOptions,
  wechatAuthRouter,
} from 'express-wechat'
import { createClient } from 'redis'

export interface ScanWorkerSettings {
  appId: string
  appSecret: string
  wechatUrl: string
  redisUrl: string
  /** Where the browsers reach the processes; each listens on a port of its own. */
  publicUrl: string
}

process.once('message', async (settings: ScanWorkerSettings) => {
  const client = createClient({ url: settings.redisUrl, ...resilientRedisOptions() })
  client.on('error', () => {})
  await client.connect()
  const { appId, appSecret, wechatUrl, publicUrl } = settings
  const tokenManager = createTokenManager({
    appId,
    appSecret,
    apiBaseUrl: wechatUrl,
    openBaseUrl: wechatUrl,
    store: createRedisTokenStore(client),
    environment: 'test',
  })
  const app = express()
  app.use(
    session({
      store: new RedisStore({ client }),
      secret: 'a secret of the tests',
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.use('/wechat', wechatAuthRouter({ tokenManager, publicUrl, scanLogin: true }))
  app.get('/page', requireWechatLogin({ tokenManager, outsideWechat: 'scan' }), (req, res) => {
    res.send(
      `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="openid">${req.wechat.openid}</p>`,
    )
  })
  app.get('/heap', (_req, res) => {
    globalThis.gc?.()
    res.json(process.memoryUsage().heapUsed)
  })
  const server = app.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
})
// The test that started it has ended.
process.on('disconnect', () => process.exit())
