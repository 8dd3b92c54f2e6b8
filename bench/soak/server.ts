// The server under load, alone in its process: every handler of the package, as the README mounts them.
import { existsSync, readdirSync } from 'node:fs'
import type { Server } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import express from 'express'
import session, { MemoryStore } from 'express-session'
import { boundedSessionStore, createTokenManager, requireWechatLogin, wechatRouter } from 'express-wechat'
import { port } from '../media/messages.ts'
import { SERVICE_KEY } from './keys.ts'
import type { Question, Reading, Reply } from './messages.ts'

const [upstream = ''] = process.argv.slice(2)
const errors: string[] = []
process.on('uncaughtExceptionMonitor', error => console.error('The server under load fails:', error))

const tokenManager = createTokenManager({
  appId: 'wxsimsoak',
  appSecret: 'sim_soak_secret',
  apiBaseUrl: upstream,
  openBaseUrl: upstream,
  environment: 'soak',
})
const app = express()
app.use(
  session({
    secret: 'a secret of the load test',
    resave: false,
    saveUninitialized: false,
    store: boundedSessionStore(new MemoryStore()),
  }),
)
app.use(
  '/wechat',
  wechatRouter({
    tokenManager,
    serviceKeys: { soak: SERVICE_KEY },
    apiProxy: { allow: { soak: ['/cgi-bin/message/custom/send'] } },
  }),
)
app.get('/page', requireWechatLogin({ tokenManager }), (_req, res) => void res.send('the page'))
app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
  // The package answers its own failures, so an error that comes here is a defect of the package or of Express.
  errors.push(String(error))
  if (res.headersSent) res.destroy()
  else res.status(500).end()
})

const server: Server = app.listen(0, '127.0.0.1', () => reply({ port: port(server) }))
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

process.on('message', (question: Question) => {
  reply(question === 'handles' ? { handles: countHandles() } : read())
})
// The channel closes when the run ends, also if it crashed. Without this listener, the server would go on running.
process.once('disconnect', () => process.exit())

function read(): Reading {
  const delayP99Ms = delay.percentile(99) / 1e6
  // The second collection frees the memory that finalizers of the first one released.
  for (let round = 0; round < 2; round++) global.gc?.()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  // The reset discards the pause of the forced collections, which the traffic did not cause.
  setImmediate(() => delay.reset())
  return {
    rss,
    heap: heapUsed,
    buffers: arrayBuffers,
    handles: countHandles(),
    delayP99Ms,
    errors: errors.splice(0),
  }
}

function countHandles(): number {
  const descriptors = '/proc/self/fd'
  return existsSync(descriptors) ? readdirSync(descriptors).length : process.getActiveResourcesInfo().length
}

function reply(message: Reply): void {
  process.send?.(message)
}
