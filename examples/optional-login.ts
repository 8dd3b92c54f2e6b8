// One page for everybody: visitors, people to whom WeChat shows a snapshot page, and people who are logged in.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, getWechatLogin, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

// The guard passes visitors too, because WeChat shows a page that forces a login at once as a snapshot page.
app.get('/', requireWechatLogin({ tokenManager, optional: true }), (req, res) => {
  const login = getWechatLogin(req)
  res.send(login ? `hello ${login.openid}` : 'hello visitor, <a href="/mine">log in</a>')
})

// This page needs a login.
app.get('/mine', requireWechatLogin({ tokenManager }), (req, res) => {
  res.send(`the page of ${req.wechat.openid}`)
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
