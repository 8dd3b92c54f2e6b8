// Creates the app's own user when a person logs in, and keeps its id in the session.
import { randomBytes, randomUUID } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, WechatRequestError, wechatAuthRouter } from 'express-wechat'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

interface User {
  id: string
  isBanned: boolean
}

/** A real app has its database instead. */
const users = new Map<string, User>()

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), BANNED_OPENID } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(
  '/wechat',
  wechatAuthRouter({
    tokenManager,
    // onLogin runs once for each login, also if WeChat's callback comes twice, to two processes.
    async onLogin({ login }) {
      const user = users.get(login.openid) ?? { id: randomUUID(), isBanned: login.openid === BANNED_OPENID }
      users.set(login.openid, user)
      if (user.isBanned) {
        throw new WechatRequestError(`User ${user.id} is banned`, {
          code: 'user_banned',
          status: 403,
          userMessage: '该账号已停用，请联系客服',
        })
      }
      return { session: { userId: user.id } }
    },
    onLogout: ({ login }) => console.info(`${login.openid} logged out`),
  }),
)

app.get('/', requireWechatLogin({ tokenManager }), (req, res) => {
  res.json({ userId: req.session.userId })
})

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
