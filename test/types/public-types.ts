/** Compiled, never run: what the types promise and what they refuse. */
import express from 'express'
import {
  createTokenManager,
  jssdkConfigHandler,
  mediaProxyHandler,
  requireWechatLogin,
  type WechatLogin,
  wechatAuthRouter,
  wechatRouter,
} from 'express-wechat'

const app = express()
const tokenManager = createTokenManager({ appId: 'wx0123456789abcdef', appSecret: 'not-a-secret' })

app.get('/called', requireWechatLogin({ tokenManager }), (req, res) => {
  const openid: string = req.wechat.openid
  const unionid: string | undefined = req.wechat.unionid
  const login: WechatLogin = req.wechat
  const since: Date = login.loggedInAt
  res.json({ openid, unionid, since, isSnapshotUser: req.wechat.isSnapshotUser satisfies boolean })
})
app.get('/uncalled', requireWechatLogin, (req, res) => void res.send(req.wechat.openid))

app.get('/:id', requireWechatLogin(), (req, res) => {
  // @ts-expect-error the session's token is not for handlers
  res.send(req.wechat.userToken)
})

app.use('/wechat', wechatAuthRouter({ tokenManager, scope: 'snsapi_userinfo', onError: async () => {} }))
app.use('/wechat', wechatRouter({ tokenManager, allowedOrigins: ['https://m.example.com'] as const }))
app.post('/sign', jssdkConfigHandler())

// @ts-expect-error misspelt
wechatAuthRouter({ tokenManager, scop: 'snsapi_base' })
// @ts-expect-error no such scope
wechatAuthRouter({ tokenManager, scope: 'snsapi_login' })
// @ts-expect-error a list
jssdkConfigHandler({ tokenManager, allowedOrigins: 'https://m.example.com' })
// @ts-expect-error what createTokenManager() returns
jssdkConfigHandler({ tokenManager: {} })
// @ts-expect-error a number of bytes
mediaProxyHandler({ tokenManager, maxBytes: '20 MB' })
// @ts-expect-error 'redirect' or a handler
requireWechatLogin({ outsideWechat: 'page' })
