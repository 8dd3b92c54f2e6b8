/** Compiled, never run: what the types promise and what they refuse. */
import express from 'express'
import {
  createTokenManager,
  getWechatLogin,
  jssdkConfigHandler,
  mediaProxyHandler,
  type RequireWechatLogin,
  requireServiceKey,
  requireWechatLogin,
  signJssdkConfig,
  type WechatGuard,
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

// Guards keep what the path says of the route's parameters, under the types of Express 4 and 5.
app.post('/api/photos/:serverId', requireWechatLogin(), async (req, res) => {
  const serverId: string = req.params.serverId
  // @ts-expect-error the path has no such parameter
  req.params.mediaId satisfies string
  res.json({ serverId, openid: req.wechat.openid })
})
app.post(
  '/api/uncalled/:serverId',
  requireWechatLogin,
  (req, res) => void res.send(req.params.serverId.trim()),
)
app.get('/internal/:file', requireServiceKey({ serviceKeys: { billing: '0'.repeat(32) } }), (req, res) => {
  res.send(req.params.file satisfies string)
})
app.use(requireWechatLogin(), requireServiceKey({ serviceKeys: {} }))
app.use('/capsules', requireWechatLogin)
express
  .Router()
  .get('/:id', requireWechatLogin({ tokenManager }), (req, res) => void res.send(req.params.id.trim()))

export const guard: WechatGuard = requireWechatLogin({ tokenManager })
export const factory: RequireWechatLogin = requireWechatLogin

app.get('/who', (req, res) => {
  const login: WechatLogin | undefined = getWechatLogin(req, { tokenManager, sessionKey: 'service' })
  // @ts-expect-error perhaps nobody is logged in
  res.send(getWechatLogin(req).openid)
  res.json({ login })
})

signJssdkConfig({ appId: 'wx0123456789abcdef', jsapiTicket: 'ticket', pageUrl: 'https://m.example.com/' })
// @ts-expect-error three texts in a row could be mistaken for each other
signJssdkConfig('wx0123456789abcdef', 'ticket', 'https://m.example.com/')
// @ts-expect-error keys by their names
requireServiceKey({ serviceKeys: ['key'] })

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
