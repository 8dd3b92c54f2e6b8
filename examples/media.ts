// Shows a picture and plays a voice that a page has uploaded: /letter?picture={serverId}&voice={serverId}
// The voice becomes an MP3, because browsers don't play AMR. That takes ffmpeg, or the packages @audio/decode-amr and
// wasm-media-encoders.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import { createTokenManager, mediaProxyHandler, requireWechatLogin, wechatAuthRouter } from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex') } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

// A media id alone opens the media, so these routes ask for a login first.
const guard = requireWechatLogin({ tokenManager })
app.get('/media', guard, mediaProxyHandler({ tokenManager }))

app.get('/letter', guard, (req, res) => {
  const picture = new URLSearchParams({ media_id: String(req.query.picture), format: 'binary' })
  const voice = new URLSearchParams({ media_id: String(req.query.voice), format: 'mp3' })
  res.send(`<!doctype html>
    <title>信</title>
    <img src="/media?${escapeHtml(picture)}" alt="照片">
    <audio src="/media?${escapeHtml(voice)}" controls></audio>`)
})

function escapeHtml(query: URLSearchParams): string {
  return query.toString().replaceAll('&', '&amp;')
}

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/letter`)
})
