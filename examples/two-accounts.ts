// Two Official Accounts on one site. A person can be logged in at both: each login has its place in the session.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env

const shop = createTokenManager({
  appId: process.env.SHOP_APP_ID ?? '',
  appSecret: process.env.SHOP_APP_SECRET ?? '',
})
const news = createTokenManager({
  appId: process.env.NEWS_APP_ID ?? '',
  appSecret: process.env.NEWS_APP_SECRET ?? '',
})

const app = express()
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))

// A login moves to a new session and takes along only what keepSessionKeys names: here the login at the other account.
app.use(
  '/shop/wechat',
  wechatAuthRouter({ tokenManager: shop, sessionKey: 'shopLogin', keepSessionKeys: ['newsLogin'] }),
)
app.use(
  '/news/wechat',
  wechatAuthRouter({ tokenManager: news, sessionKey: 'newsLogin', keepSessionKeys: ['shopLogin'] }),
)

const shopGuard = requireWechatLogin({
  tokenManager: shop,
  sessionKey: 'shopLogin',
  loginPath: '/shop/wechat/auth',
})
const newsGuard = requireWechatLogin({
  tokenManager: news,
  sessionKey: 'newsLogin',
  loginPath: '/news/wechat/auth',
})
app.get('/shop', shopGuard, (req, res) => void res.json({ openid: req.wechat.openid }))
app.get('/news', newsGuard, (req, res) => void res.json({ openid: req.wechat.openid }))

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/shop`)
})
