import type { AddressInfo } from 'node:net'
import express from 'express'
import {
  createRedisTokenStore,
  createTokenManager,
  jssdkConfigHandler,
  resilientRedisOptions,
} from 'express-wechat'
import { createFakeTokenManager } from 'express-wechat/testing'
import { createClient } from 'redis'
import { serveBench } from './server-process.ts'

/** What `express.json()` and `res.json()` cost alone. */
const CONSTANTS = {
  appid: 'wx0123456789abcdef',
  timestamp: 1_700_000_000,
  noncestr: '0123456789abcdef',
  signature: '0f9de62fce790f9a083d5c99e95740ceb90c27ed',
}

const [kind, upstreamPort, redisUrl] = process.argv.slice(2)
const app = express()
if (kind === 'express.json') app.post('/sign', express.json(), (_req, res) => void res.json(CONSTANTS))
else if (kind === 'live') {
  const tokenManager = createTokenManager({
    appId: CONSTANTS.appid,
    appSecret: 'a-secret-of-the-bench',
    apiBaseUrl: `http://127.0.0.1:${upstreamPort}`,
    ...(redisUrl && { store: createRedisTokenStore(await connectRedis(redisUrl)) }),
  })
  app.post('/sign', jssdkConfigHandler({ tokenManager }))
  app.get('/token', async (_req, res) => res.send(String((await tokenManager.getAccessToken()).length)))
} else {
  const tokenManager = createFakeTokenManager({ jsapiTickets: ['t'.repeat(86)] })
  app.post('/sign', jssdkConfigHandler({ tokenManager }))
}
const server = app.listen(0, '127.0.0.1', () => serveBench((server.address() as AddressInfo).port))

async function connectRedis(url: string) {
  return createClient({ url, ...resilientRedisOptions() }).connect()
}
