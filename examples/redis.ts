// Many processes of one app: Redis holds the sessions, and the token that all processes share.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import {
  boundedSessionStore,
  createRedisTokenStore,
  createTokenManager,
  requireWechatLogin,
  resilientRedisOptions,
  wechatAuthRouter,
} from 'express-wechat'
import { createClient } from 'redis'

const { PORT = '3000', REDIS_URL = 'redis://127.0.0.1:6379', SESSION_SECRET: secret } = process.env
// All processes sign their cookies with the same secret.
if (!secret) throw new Error('SESSION_SECRET must be set')

const redis = createClient({ url: REDIS_URL, ...resilientRedisOptions() })
redis.on('error', error => console.error(`Redis: ${error.message}`))
redis.connect().catch(() => {}) // not awaited, so that the app starts while Redis is down; 'error' tells why

const tokenManager = createTokenManager({ store: createRedisTokenStore(redis) })
const store = boundedSessionStore(new RedisStore({ client: redis }))
const app = express()

app.use(session({ store, secret, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

app.get('/', requireWechatLogin({ tokenManager }), (req, res) => {
  res.json({ openid: req.wechat.openid, pid: process.pid })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
