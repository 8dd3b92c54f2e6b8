// Gives each block of the migration guide an app with a session, loads it, and prints where the apps listen.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import express from 'express'
import session from 'express-session'

const origins: string[] = []
for (const [index, path] of process.argv.slice(2).entries()) {
  const app = express()
  app.use(
    session({
      name: `app-${index}`,
      secret: 'a secret of this test',
      resave: false,
      saveUninitialized: false,
    }),
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  origins.push(origin)

  Object.assign(globalThis, { app })
  process.env.ORIGIN = origin
  await import(pathToFileURL(path).href)
}
console.info(`origins: ${origins.join(' ')}`)
