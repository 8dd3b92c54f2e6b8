// The README's first sample. Without an account: npx express-wechat simulator -- node examples/quick-start.ts
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import {
  createTokenManager,
  jssdkConfigHandler,
  jweixinHandler,
  mediaProxyHandler,
  requireWechatLogin,
  wechatAuthRouter,
} from 'express-wechat'

const app = express()
const tokenManager = createTokenManager() // WECHAT_APP_ID and WECHAT_APP_SECRET, or an options object
// If the secret is random, all logins end when the process restarts.
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')

app.use(session({ secret, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))
app.get('/wechat/jweixin.js', jweixinHandler({ tokenManager }))
app.post('/wechat/offiaccount/jssdk', jssdkConfigHandler({ tokenManager }))
app.get('/wechat/offiaccount/media', mediaProxyHandler({ tokenManager }))

app.get('/capsule', requireWechatLogin({ tokenManager }), (req, res) => {
  res.type('text').send(`hello ${req.wechat.openid}`)
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/capsule`)
})
