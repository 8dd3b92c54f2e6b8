// Login in a CommonJS app: Node 22.12 and newer load the package by require.
const { randomBytes } = require('node:crypto')
const express = require('express')
const session = require('express-session')
const { createTokenManager, requireWechatLogin, wechatAuthRouter } = require('express-wechat')

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

app.get('/', requireWechatLogin({ tokenManager }), (req, res) => {
  res.json({ openid: req.wechat.openid })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  console.info(`Open http://127.0.0.1:${server.address().port}/`)
})
