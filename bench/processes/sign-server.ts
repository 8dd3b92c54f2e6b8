import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createRedisTokenStore, createTokenManager, jssdkConfigHandler } from 'express-wechat'
import { loadPeer } from '../peers.ts'
import { connectRedis } from './redis.ts'
import { serveBench } from './server-process.ts'

/** A fixed answer without any signing, with which the cost of `express.json()` and `res.json()` alone is measured. */
const CONSTANTS = {
  appid: 'wx0123456789abcdef',
  timestamp: 1_700_000_000,
  noncestr: '0123456789abcdef',
  signature: '0f9de62fce790f9a083d5c99e95740ceb90c27ed',
}
const APP_SECRET = 'a-secret-of-the-bench'

interface WechatJssdk {
  JSSDK: new (options: object) => { getSignature(url: string): Promise<object> }
  Store: new () => object
}

const [kind, upstreamPort, redisUrl] = process.argv.slice(2)
const upstreamUrl = `http://127.0.0.1:${upstreamPort}`
const app = express()
if (kind === 'live') await mountOurs()
else if (kind === 'wechat-jssdk') mountPeer()
else if (kind === 'express')
  app.post('/sign', (req, res) => void req.resume().once('end', () => res.json(CONSTANTS)))
else app.post('/sign', express.json(), (_req, res) => void res.json(CONSTANTS))

const bare = createServer((req, res) => {
  req.resume().once('end', () => {
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify(CONSTANTS))
  })
})
const server = (kind === 'node:http' ? bare : createServer(app)).listen(0, '127.0.0.1', () =>
  serveBench((server.address() as AddressInfo).port),
)
// Idle connections stay open: one that is closed just when a request is sent on it would fail the bench.
server.keepAliveTimeout = 0

async function mountOurs(): Promise<void> {
  const tokenManager = createTokenManager({
    appId: CONSTANTS.appid,
    appSecret: APP_SECRET,
    apiBaseUrl: upstreamUrl,
    ...(redisUrl && { store: createRedisTokenStore(await connectRedis(redisUrl)) }),
  })
  app.post('/sign', jssdkConfigHandler({ tokenManager }))
  app.get('/token', async (_req, res) => res.send(String((await tokenManager.getAccessToken()).length)))
}

/** Mounts wechat-jssdk, which caches the signature of each URL: all but the first request of a URL sign nothing. */
function mountPeer(): void {
  const { JSSDK, Store } = loadPeer<WechatJssdk>('wechat-jssdk')
  const jssdk = new JSSDK({
    appId: CONSTANTS.appid,
    appSecret: APP_SECRET,
    ticketUrl: `${upstreamUrl}/cgi-bin/ticket/getticket`,
    accessTokenUrl: `${upstreamUrl}/cgi-bin/token`,
    wechatRedirectUrl: 'http://localhost/',
    store: new Store(),
  })
  app.post('/sign', express.json(), async (req, res) => void res.json(await jssdk.getSignature(req.body.url)))
}
