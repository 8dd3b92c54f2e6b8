import express, { type Express } from 'express'
import session from 'express-session'
import {
  createTokenManager,
  requireWechatLogin,
  type WechatRouterOptions,
  wechatRouter,
} from 'express-wechat'

export function createApp(): Express {
  const tokenManager = createTokenManager()
  const options: WechatRouterOptions = { tokenManager }
  const app = express()
  app.use(session({ secret: 'for one run', resave: false, saveUninitialized: false }))
  app.use('/wechat', wechatRouter(options))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) => {
    const openid: string = req.wechat.openid
    res.json({ openid })
  })
  return app
}
