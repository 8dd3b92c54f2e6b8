import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import {
  boundedSessionStore,
  createRedisTokenStore,
  createTokenManager,
  requireWechatLogin,
  resilientRedisOptions,
  wechatRouter,
} from 'express-wechat'
import { createClient } from 'redis'

export async function createApp() {
  const client = createClient({ url: process.env.REDIS_URL, ...resilientRedisOptions() })
  await client.connect()
  const tokenManager = createTokenManager({ store: createRedisTokenStore(client) })
  const store = boundedSessionStore(new RedisStore({ client }))
  const app = express()
  app.use(session({ store, secret: 'for one run', resave: false, saveUninitialized: false }))
  app.use('/wechat', wechatRouter({ tokenManager }))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) =>
    res.json({ openid: req.wechat.openid }),
  )
  return app
}
