// The server under test, alone in its process. Its first argument chooses the raw pipe, the peer or this package.
import { Agent, get, type Server } from 'node:http'
import { createRequire } from 'node:module'
import express, { type Request, type RequestHandler, type Response } from 'express'
import { createTokenManager, mediaProxyHandler } from 'express-wechat'
import { port, type ServerKind, type Usage } from './messages.ts'

interface CoWechatApi {
  prefix: string
  getMedia(mediaId: string): Promise<Buffer>
}

const [kind, upstream = ''] = process.argv.slice(2) as [ServerKind, string]
const agent = new Agent({ keepAlive: true })
const app = express()

function pipe(req: Request, res: Response): void {
  get(`${upstream}/cgi-bin/media/get?media_id=${req.query.media_id}`, { agent }, answer => {
    res.writeHead(200, {
      'Content-Type': 'image/jpeg',
      'Content-Length': answer.headers['content-length'],
    })
    answer.pipe(res)
  })
}

/** The peer holds the whole medium in memory, and then the whole answer in base64. */
function createPeer(): RequestHandler {
  const Api: new (appId: string, secret: string) => CoWechatApi = createRequire(import.meta.url)(
    'co-wechat-api',
  )
  const api = new Api('wx0123456789abcdef', 'a-secret-of-the-bench')
  api.prefix = `${upstream}/cgi-bin/`
  return async (req, res) => {
    const media = await api.getMedia(String(req.query.media_id))
    res.json({ content_type: 'image/jpeg', media_data: media.toString('base64') })
  }
}

function ours() {
  const tokenManager = createTokenManager({
    appId: 'wxsimbench',
    appSecret: 'sim_bench_secret',
    apiBaseUrl: upstream,
    openBaseUrl: upstream,
    environment: 'bench',
  })
  return mediaProxyHandler({ tokenManager })
}

app.get('/', kind === 'pipe' ? pipe : kind === 'peer' ? createPeer() : ours())
const server: Server = app.listen(0, '127.0.0.1', () => process.send?.({ port: port(server) }))
server.keepAliveTimeout = 0

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const usage: Usage = {
    now: process.memoryUsage.rss(),
    peak: process.resourceUsage().maxRSS * 1024,
    cpuMs: (user + system) / 1000,
  }
  process.send?.(usage)
})
// The channel closes when the bench ends, also if it crashed. Without this listener, the server would go on running.
process.once('disconnect', () => process.exit())
