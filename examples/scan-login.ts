// Log in on a computer by scanning a code with WeChat on a phone.
// Without an account: npx express-wechat simulator -- node examples/scan-login.ts
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const app = express()
const tokenManager = createTokenManager()
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')

app.use(session({ secret, resave: false, saveUninitialized: false }))
app.use(
  '/wechat',
  wechatAuthRouter({
    tokenManager,
    scanLogin: true,
    // onLogin runs once for each login; "via" tells a computer from a phone. The session keeps what onLogin returns.
    onLogin: ({ via }) => ({ session: { device: via === 'scan' ? 'computer' : 'phone' } }),
  }),
)

// In WeChat this page begins the ordinary login, and in any other browser it shows the code.
app.get('/', requireWechatLogin({ tokenManager, outsideWechat: 'scan' }), (req, res) => {
  res.type('text').send(`hello ${req.wechat.openid} on a ${Reflect.get(req.session, 'device')}`)
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  // The simulator's phone uses 127.0.0.1, so the computer uses localhost: browsers share cookies between ports.
  if (typeof address === 'object') console.info(`On a computer, open http://localhost:${address?.port}/`)
})
