import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatRouter } from 'express-wechat'

export function createApp() {
  const tokenManager = createTokenManager()
  const app = express()
  app.use(session({ secret: 'for one run', resave: false, saveUninitialized: false }))
  app.use('/wechat', wechatRouter({ tokenManager }))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) =>
    res.json({ openid: req.wechat.openid }),
  )
  return app
}
