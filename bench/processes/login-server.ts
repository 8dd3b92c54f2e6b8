import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatAuthRouter } from 'express-wechat'
import got from 'got'
import { serveBench } from './server-process.ts'

const [kind, upstreamUrl = ''] = process.argv.slice(2)
const app = express()
app.use(session({ secret: 'a secret of the bench', resave: false, saveUninitialized: false }))
if (kind === 'ours') {
  const tokenManager = createTokenManager({
    appId: 'wx0123456789abcdef',
    appSecret: 'a-secret-of-the-bench',
    apiBaseUrl: upstreamUrl,
  })
  app.use('/wechat', wechatAuthRouter({ tokenManager }))
  app.get('/page', requireWechatLogin({ tokenManager }), (req, res) => void res.send(req.wechat.openid))
} else {
  // The limits: a session that is renewed and saved, and a redirect; without a call to WeChat, or with one of got.
  const exchange = kind === 'got' ? createExchange() : async () => 'o'.repeat(28)
  app.get('/wechat/auth', (_req, res) => res.redirect('/?state=x'))
  app.get('/wechat/auth/code', async (req, res) =>
    renewSession(req, res, await exchange(String(req.query.code))),
  )
  app.get('/page', (req, res) => void res.send(Reflect.get(req.session, 'openid')))
}
const server = app.listen(0, '127.0.0.1', () => serveBench((server.address() as AddressInfo).port))

/** One call of got as its documentation shows it, with a prepared instance and a kept connection. */
function createExchange(): (code: string) => Promise<string> {
  const client = got.extend({
    agent: { https: new Agent({ keepAlive: true }) },
    retry: { limit: 0 },
    timeout: { request: 10_000 },
  })
  return async code => {
    const { openid } = await client(`${upstreamUrl}/sns/oauth2/access_token`, {
      searchParams: { appid: 'wx0123456789abcdef', secret: 'secret', code, grant_type: 'authorization_code' },
    }).json<{ openid: string }>()
    return openid
  }
}

function renewSession(req: Request, res: Response, openid: string): void {
  req.session.regenerate(() => {
    Object.assign(req.session, { openid })
    req.session.save(() => res.redirect('/'))
  })
}
