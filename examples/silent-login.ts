// Knows a person in WeChat without asking them anything, and lets everybody else pass as a visitor.
// Open the page once in WeChat before this goes live: if the domain or the app id is wrong, open.weixin.qq.com shows an
// error of its own and does not come back.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, getWechatLogin, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

// A login older than twelve hours no longer counts, since another account may be logged in on the same phone by now.
const guard = requireWechatLogin({ tokenManager, optional: true, silent: true, maxAgeSeconds: 12 * 3600 })

app.get('/', guard, (req, res) => {
  const login = getWechatLogin(req)
  res.send(login ? `hello ${login.openid}` : 'hello visitor')
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
