// A program that uses the built package for logins, signatures, media and failures. It is a process of its own, because
// Node.js reads NODE_DEBUG once. It prints the secrets that no debug line may hold as JSON to stdout.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, wechatRouter } from 'express-wechat'
import { type Fault, startSimulator } from 'express-wechat/simulator'
import { createBrowser, type Visit } from './browser.ts'

const SECRET = 'sim_CANARYsecret0123456789'
const SERVICE_KEY = 'CANARY-service-key-0123456789abcdef'
const OPENID = 'osim_CANARY_openid_0123456789'
const MEDIA_ID = 'CANARY-media-id-0123456789'
const PAGE = '/capsule?ticket=CANARY-query-0123456789'

const canaries = [SECRET, SERVICE_KEY, OPENID, MEDIA_ID, 'CANARY-query']
const handOut = (field: string, rest: object): Fault => ({
  handle(_req, res) {
    const value = `CANARY-${field}-${canaries.length}-0123456789`
    canaries.push(value)
    res.json({ expires_in: 7200, ...rest, [field]: value })
  },
})
/** A refusal that repeats the URL that was sent, as WeChat never should. */
const echo: Fault = {
  handle(req, res) {
    res.json({ errcode: 40013, errmsg: `invalid ${req.originalUrl}` })
  },
}

const { default: express } = await import(process.env.EXPRESS_MAJOR === '4' ? 'express4' : 'express')
const wechat = await startSimulator({ appSecret: SECRET, refusal: 'state-only' })
const { faults, appId, url } = wechat
const tokenManager = createTokenManager({ appId, appSecret: SECRET, apiBaseUrl: url, openBaseUrl: url })
const app: Express = express()
app.use(session({ secret: SERVICE_KEY, resave: false, saveUninitialized: false }))
const apiProxy = { allow: { shop: ['/cgi-bin/tags/get'] } }
app.use('/wechat', wechatRouter({ tokenManager, serviceKeys: { shop: SERVICE_KEY }, apiProxy }))
app.get('/capsule', requireWechatLogin({ tokenManager }), (_req, res) => void res.send('a capsule'))
app.get('/people/:openid', requireWechatLogin({ tokenManager }), (_req, res) => void res.send('a person'))
app.get('/start', requireWechatLogin({ tokenManager, optional: true }), (_req, res) => void res.send('start'))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
let browser = createBrowser()

const open = (path: string, visit?: Visit) => browser.open(new URL(path, origin).href, visit)

async function logIn(): Promise<void> {
  const begun = await open(`/wechat/auth?state=${encodeURIComponent(PAGE)}&scope=snsapi_userinfo`)
  const callback = wechat.approve(begun.location) ?? ''
  canaries.push(...new URL(callback).searchParams.values())
  await open(callback)
  await open(callback)
}

async function visitAll(): Promise<void> {
  browser = createBrowser()
  await open(PAGE)
  await open('/start')
  await logIn()
  await open(PAGE)
  await open(`/people/${OPENID}`)
  await open('/wechat/auth/user')
  await open('/wechat/offiaccount/user')
  await open('/wechat/offiaccount/jssdk', { method: 'POST', body: JSON.stringify({ url: origin + PAGE }) })
  await open(`/wechat/offiaccount/media?media_id=${MEDIA_ID}`)
  const headers = { authorization: `Bearer ${SERVICE_KEY}` }
  await open('/wechat/api/cgi-bin/tags/get?CANARY-query=1', { headers })
  await open('/wechat/token', { headers })
  await open('/wechat/auth/logout', { method: 'POST' })
}

function answerAll(): void {
  faults.clear()
  const grant = { refresh_token: 'CANARY-refresh-0123456789', openid: OPENID, scope: 'snsapi_userinfo' }
  canaries.push(grant.refresh_token)
  faults.always('/cgi-bin/stable_token', handOut('access_token', {}))
  faults.always('/cgi-bin/ticket/getticket', handOut('ticket', {}))
  faults.always('/sns/oauth2/access_token', handOut('access_token', grant))
  faults.always('/sns/userinfo', { json: { openid: OPENID, nickname: 'somebody' } })
  faults.always('/cgi-bin/user/info', { json: { openid: OPENID, subscribe: 1 } })
  faults.always('/cgi-bin/media/get', { text: 'bytes', contentType: 'image/jpeg' })
  faults.always('/cgi-bin/tags/get', { json: { tags: [] } })
}

answerAll()
await visitAll()
for (const path of [
  '/sns/oauth2/access_token',
  '/sns/userinfo',
  '/cgi-bin/user/info',
  '/cgi-bin/media/get',
]) {
  answerAll()
  faults.always(path, echo)
  await visitAll()
}
await tokenManager.invalidate(await tokenManager.getAccessToken())
faults.always('/cgi-bin/stable_token', echo)
await open(`/wechat/offiaccount/media?media_id=${MEDIA_ID}`)

await tokenManager.close()
await wechat.close()
server.close()
server.closeAllConnections()
console.info(JSON.stringify(canaries))
