// Runs one sample of the documents as its reader would have it, and ends: node run-sample.ts SAMPLE.ts
import { pathToFileURL } from 'node:url'
import express from 'express'
import session from 'express-session'
import { createTokenManager } from 'express-wechat'
import { createClient } from 'redis'

const [sample] = process.argv.slice(2)
if (!sample) throw new Error('name the sample')

const app = express()
app.use(session({ secret: 'a secret that only this test knows', resave: false, saveUninitialized: false }))
Object.assign(globalThis, {
  app,
  tokenManager: createTokenManager(),
  client: createClient({ socket: { reconnectStrategy: false } }).on('error', () => {}),
})

await import(pathToFileURL(sample).href)
process.exit(0)
