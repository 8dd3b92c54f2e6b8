const express = require('express')
const session = require('express-session')
const { createTokenManager, requireWechatLogin, wechatRouter } = require('express-wechat')

exports.createApp = function createApp() {
  const tokenManager = createTokenManager()
  const app = express()
  app.use(session({ secret: 'for one run', resave: false, saveUninitialized: false }))
  app.use('/wechat', wechatRouter({ tokenManager }))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) =>
    res.json({ openid: req.wechat.openid }),
  )
  return app
}
