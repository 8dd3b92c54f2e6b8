// Keeps what pages record and photograph: WeChat forgets it after three days.
import type { Readable } from 'node:stream'
import express from 'express'
import { createTokenManager, type SavedMedia, saveMedia, toErrorBody, WechatError } from 'express-wechat'

const tokenManager = createTokenManager()

/** What is used of an S3-compatible client; the one of the npm package `minio` fits. */
export interface ObjectStore {
  putObject(
    bucket: string,
    name: string,
    data: Readable,
    size?: number,
    headers?: Record<string, string>,
  ): Promise<unknown>
}

/** Saves to this machine's disk. The complete file is there when the promise resolves. */
export function keepOnDisk(serverId: string): Promise<SavedMedia> {
  return saveMedia(tokenManager, serverId, './uploads')
}

/** Saves to a bucket. If the download breaks off, the upload fails too, so that no incomplete object stays. */
export function keepInBucket(store: ObjectStore, serverId: string): Promise<SavedMedia> {
  return saveMedia(tokenManager, serverId, ({ stream, fileName, size, contentType }) =>
    store.putObject('uploads', fileName, stream, size, { 'Content-Type': contentType }),
  )
}

export const app = express()

// The page calls it with the `serverId` that wx.uploadImage or wx.uploadVoice gave it.
app.post('/memories/:serverId', async (req, res) => {
  try {
    const { fileName, size, sha256 } = await keepOnDisk(req.params.serverId)
    res.status(201).json({ fileName, size, sha256 })
  } catch (error) {
    if (!(error instanceof WechatError)) throw error
    res.status(error.status).json(toErrorBody(error))
  }
})
