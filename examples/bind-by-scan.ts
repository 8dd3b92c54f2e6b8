// Binds a member of a shop to a person in WeChat: the member's page shows a QR code, and the person scans it.
import { randomUUID } from 'node:crypto'
import express from 'express'
import { createTokenManager, messageHandler, reply } from 'express-wechat'

const { PORT = '3000' } = process.env
const LIFETIME_SECONDS = 300
const tokenManager = createTokenManager()
const app = express()

/** Members who wait for a scan, by the key in their QR code. A real shop keeps both maps in its database. */
const waiting = new Map<string, { member: string; expiresAt: number }>()
const openids = new Map<string, string>()

function bind(sceneKey: string, openid: string) {
  const found = waiting.get(sceneKey)
  waiting.delete(sceneKey)
  if (!found || found.expiresAt < Date.now()) return reply.text('二维码已失效，请刷新后再扫。')
  openids.set(found.member, openid)
  return reply.text(`会员 ${found.member} 已绑定。`)
}

app.all(
  '/wechat/push',
  messageHandler({
    tokenManager,
    on: {
      'event.SCAN': ({ sceneKey, openid }) => bind(sceneKey, openid),
      // A stranger who scans follows the account, so WeChat sends this event instead.
      'event.subscribe': ({ sceneKey, openid }) => (sceneKey ? bind(sceneKey, openid) : undefined),
    },
  }),
)

// In an app with members, a login of the shop runs before this route, and gives the member.
app.get('/members/:member/bind', async (req, res) => {
  const sceneKey = randomUUID()
  const scene = { scene_str: sceneKey }
  const { ticket } = await tokenManager.request('/cgi-bin/qrcode/create', {
    json: { action_name: 'QR_STR_SCENE', expire_seconds: LIFETIME_SECONDS, action_info: { scene } },
  })
  waiting.set(sceneKey, { member: req.params.member, expiresAt: Date.now() + LIFETIME_SECONDS * 1000 })
  const image = `https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=${encodeURIComponent(String(ticket))}`
  res.type('html').send(`<img src="${image}" alt="QR code"><p>请用微信扫码绑定</p>`)
})

app.get('/members/:member', (req, res) => res.json({ isBound: openids.has(req.params.member) }))

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Push URL http://127.0.0.1:${address?.port}/wechat/push`)
})
