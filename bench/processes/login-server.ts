import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { RedisStore } from 'connect-redis'
import express, { type Request, type Response } from 'express'
import session from 'express-session'
import {
  createRedisTokenStore,
  createTokenManager,
  requireWechatLogin,
  wechatAuthRouter,
} from 'express-wechat'
import got from 'got'
import { mountPeer } from './login-peers.ts'
import { connectRedis } from './redis.ts'
import { serveBench } from './server-process.ts'

const [kind = '', upstreamUrl = '', redisUrl] = process.argv.slice(2)
const redis = redisUrl === undefined ? undefined : await connectRedis(redisUrl)
const app = express()
app.use(
  session({
    secret: 'a secret of the bench',
    resave: false,
    saveUninitialized: false,
    ...(redis && { store: new RedisStore({ client: redis }) }),
  }),
)
if (kind === 'ours') mountOurs()
else {
  app.get('/wechat/auth', (_req, res) => res.redirect('/?state=x'))
  app.get('/page', (req, res) => void res.send(Reflect.get(req.session, 'openid')))
  if (kind === 'session') mountExchange(async () => 'o'.repeat(28))
  else if (kind === 'got') mountExchange(createExchange())
  else mountPeer(app, kind, upstreamUrl)
}
const server = app.listen(0, '127.0.0.1', () => serveBench((server.address() as AddressInfo).port))
// Idle connections stay open: one that is closed just when a request is sent on it would fail the bench.
server.keepAliveTimeout = 0

function mountOurs(): void {
  const tokenManager = createTokenManager({
    appId: 'wx0123456789abcdef',
    appSecret: 'a-secret-of-the-bench',
    apiBaseUrl: upstreamUrl,
    ...(redis && { store: createRedisTokenStore(redis) }),
  })
  app.use('/wechat', wechatAuthRouter({ tokenManager }))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) => void res.send(req.wechat.openid))
}

/** Mounts the least that a login callback does: it exchanges the code, renews and saves the session, and redirects. */
function mountExchange(exchange: (code: string) => Promise<string>): void {
  app.get('/wechat/auth/code', async (req, res) =>
    renewSession(req, res, await exchange(String(req.query.code))),
  )
}

/** Returns a code exchange that is one call of got, as got's documentation shows it, over a connection that is kept. */
function createExchange(): (code: string) => Promise<string> {
  const client = got.extend({
    agent: { https: new Agent({ keepAlive: true }) },
    retry: { limit: 0 },
    timeout: { request: 10_000 },
  })
  return async code => {
    const { openid } = await client(`${upstreamUrl}/sns/oauth2/access_token`, {
      searchParams: { appid: 'wx0123456789abcdef', secret: 'secret', code, grant_type: 'authorization_code' },
    }).json<{ openid: string }>()
    return openid
  }
}

function renewSession(req: Request, res: Response, openid: string): void {
  req.session.regenerate(() => {
    Object.assign(req.session, { openid })
    req.session.save(() => res.redirect('/'))
  })
}
