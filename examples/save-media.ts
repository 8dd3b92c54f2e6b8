// Keeps what pages record and photograph, because WeChat deletes it after three days.
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import express from 'express'
import session from 'express-session'
import {
  createTokenManager,
  requireWechatLogin,
  type SavedMedia,
  saveMedia,
  toErrorBody,
  WechatError,
  wechatAuthRouter,
} from 'express-wechat'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), UPLOADS = './uploads' } = process.env
const tokenManager = createTokenManager()
const app = express()

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use('/wechat', wechatAuthRouter({ tokenManager }))

// The page calls this route with the `serverId` that it got from wx.uploadImage or wx.uploadVoice.
app.post('/memories/:serverId', requireWechatLogin({ tokenManager }), async (req, res, next) => {
  try {
    // The file is whole as soon as the promise resolves.
    const { fileName, size, sha256 } = await saveMedia(tokenManager, String(req.params.serverId), UPLOADS)
    res.status(201).json({ fileName, size, sha256 })
  } catch (error) {
    if (!(error instanceof WechatError)) return next(error)
    res.status(error.status).json(toErrorBody(error))
  }
})

/** The method of an S3-compatible client, such as that of the npm package `minio`. */
interface ObjectStore {
  putObject(bucket: string, name: string, data: Readable, size?: number): Promise<unknown>
}

/** Saves to a bucket instead of a folder. If the download breaks off, the upload fails and leaves no half object. */
export function saveToBucket(store: ObjectStore, serverId: string): Promise<SavedMedia> {
  return saveMedia(tokenManager, serverId, ({ stream, fileName, size }) =>
    store.putObject('uploads', fileName, stream, size),
  )
}

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`The app listens at http://127.0.0.1:${address?.port}`)
})
