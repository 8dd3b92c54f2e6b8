// An app that has no WeChat account of its own: it learns who its visitor is from a gateway on the same site.
// The gateway has to name this app's origin in WECHAT_ALLOWED_ORIGINS, so that logins may come back here.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { requireWechatLogin } from 'express-wechat'

const { PORT = '3001', WECHAT_GATEWAY_URL = 'http://127.0.0.1:3000/wechat', TRUST_PROXY = '0' } = process.env
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')

const app = express()
app.set('trust proxy', Number(TRUST_PROXY))

// The cookie has a name of its own: browsers share cookies between the ports of a host, so under the gateway's name the
// two cookies would replace each other.
app.use(session({ name: 'satellite.sid', secret, resave: false, saveUninitialized: false }))

app.get('/', requireWechatLogin({ gateway: WECHAT_GATEWAY_URL }), (req, res) => {
  res.json({ openid: req.wechat.openid })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`The satellite listens at http://127.0.0.1:${address?.port}`)
})
