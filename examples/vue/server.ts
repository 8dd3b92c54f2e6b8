// The back end: login, signatures and media by express-wechat, and a guarded route of the app's own.
import { randomBytes } from 'node:crypto'
import cors from 'cors'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatRouter } from 'express-wechat'

const { PORT = '3000', WECHAT_ALLOWED_ORIGINS = '' } = process.env
// If the secret is random, all logins end when the process restarts.
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatRouter({ tokenManager, mediaAccess: 'login' }))

// Pages of other origins may call the app. The router above reads the same variable by itself.
app.use('/api', cors({ origin: WECHAT_ALLOWED_ORIGINS.split(','), credentials: true }))
app.get('/api/me', requireWechatLogin({ tokenManager }), (req, res) => {
  res.json({ openid: req.wechat.openid })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`The back end listens at http://127.0.0.1:${address?.port}`)
})
