// Runs samples of the documents as their reader would have them, each with an app of its own, and ends:
// node run-sample.ts SAMPLE.ts…
import { pathToFileURL } from 'node:url'
import express from 'express'
import session from 'express-session'
import { createTokenManager } from 'express-wechat'
import { createClient } from 'redis'

const [first, ...others] = process.argv.slice(2)
if (!first) throw new Error('name a sample')

const environment = { ...process.env }
for (const sample of [first, ...others]) {
  const app = express()
  app.use(session({ secret: 'a secret that only this test knows', resave: false, saveUninitialized: false }))
  Object.assign(globalThis, {
    app,
    tokenManager: createTokenManager(),
    client: createClient({ socket: { reconnectStrategy: false } }).on('error', () => {}),
  })
  await import(pathToFileURL(sample).href)
  console.info(`ran ${sample}`)
  // A sample may point the environment at a simulator of its own.
  Object.assign(process.env, environment)
}
process.exit(0)
