// Shows the nickname that a person granted. Their own token stays on the server, and is refreshed when it has expired.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import {
  createTokenManager,
  getWechatUserInfo,
  requireWechatLogin,
  toErrorBody,
  WechatError,
  wechatAuthRouter,
} from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

// The scope asks the person once, on the page that needs it. The default login asks nothing.
app.get('/', requireWechatLogin({ tokenManager, scope: 'snsapi_userinfo' }), async (req, res, next) => {
  try {
    const { nickname, headimgurl } = await getWechatUserInfo(req)
    res.json({ nickname, headimgurl })
  } catch (error) {
    if (!(error instanceof WechatError)) return next(error)
    res.status(error.status).json(toErrorBody(error))
  }
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
