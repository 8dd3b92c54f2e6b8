// An app behind nginx, which ends TLS; nginx.conf is beside this file.
// It needs WECHAT_PUBLIC_URL, such as https://m.example.com/wechat.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

// The headers of nginx say that the browser came by https. Without this line express-session sets no secure cookie.
app.set('trust proxy', 'loopback')

app.use(
  session({
    name: '__Host-sid',
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true, httpOnly: true, sameSite: 'lax' },
  }),
)
app.use('/wechat', wechatAuthRouter({ tokenManager }))

app.get('/', requireWechatLogin({ tokenManager }), (req, res) => {
  res.json({ openid: req.wechat.openid, ip: req.ip })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`The app listens at http://127.0.0.1:${address?.port}`)
})
