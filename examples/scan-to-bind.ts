// Binds a WeChat account to an account of the app: a page shows a QR code with a scene, and the push says who scanned it.
// Without an account: npx express-wechat simulator -- node examples/scan-to-bind.ts
import { randomBytes } from 'node:crypto'
import express from 'express'
import { createTokenManager, messageHandler, reply } from 'express-wechat'

const { PORT = '3000' } = process.env
const tokenManager = createTokenManager()
const app = express()

/** The users who wait for a scan, and the openids of those who scanned. A real app keeps both in its database. */
const waiting = new Map<string, { user: string; expiresAt: number }>()
const openids = new Map<string, string>()

const CODE_SECONDS = 300

// A real app takes the user from its own session.
app.post('/bindings/:user', async (req, res) => {
  const scene = randomBytes(16).toString('hex')
  waiting.set(scene, { user: req.params.user, expiresAt: Date.now() + CODE_SECONDS * 1000 })
  const { ticket, url } = await tokenManager.request('/cgi-bin/qrcode/create', {
    json: {
      action_name: 'QR_STR_SCENE',
      expire_seconds: CODE_SECONDS,
      action_info: { scene: { scene_str: scene } },
    },
  })
  // WeChat draws the code: https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=…
  res.json({ ticket, url })
})

app.get('/bindings/:user', (req, res) => void res.json({ isBound: openids.has(req.params.user) }))

/** Binds the user of a scene once, so that a person who sees the code later can't take the account over. */
function bind(scene: string | undefined, openid: string) {
  const found = waiting.get(scene ?? '')
  waiting.delete(scene ?? '')
  if (!found || found.expiresAt < Date.now()) return reply.text('二维码已失效，请刷新页面')
  openids.set(found.user, openid)
  return reply.text(`已绑定账号 ${found.user}`)
}

const on = {
  // A stranger follows the account by the scan, a follower only scans.
  'event.subscribe': ({ sceneKey, openid }: { sceneKey?: string | undefined; openid: string }) =>
    sceneKey === undefined ? reply.text('欢迎关注！') : bind(sceneKey, openid),
  'event.SCAN': ({ sceneKey, openid }: { sceneKey: string; openid: string }) => bind(sceneKey, openid),
}
app.all('/wechat/push', messageHandler({ tokenManager, on }))

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Push URL http://127.0.0.1:${address?.port}/wechat/push`)
})
