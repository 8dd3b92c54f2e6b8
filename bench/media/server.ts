// The server under test, alone in its process: the raw pipe, a peer's way, or ours.
import { Agent, get, type IncomingMessage, type Server } from 'node:http'
import express, { type Request, type Response } from 'express'
import { createTokenManager, mediaProxyHandler } from 'express-wechat'
import { port, type ServerKind, type Usage } from './messages.ts'

const [kind, upstream = ''] = process.argv.slice(2) as [ServerKind, string]
const agent = new Agent({ keepAlive: true })
const app = express()

function fromUpstream(req: Request, onResponse: (upstream: IncomingMessage) => void): void {
  const url = `${upstream}/cgi-bin/media/get?media_id=${req.query.media_id}`
  get(url, { agent }, onResponse)
}

function pipe(req: Request, res: Response): void {
  fromUpstream(req, answer => {
    res.writeHead(200, {
      'Content-Type': 'image/jpeg',
      'Content-Length': answer.headers['content-length'],
    })
    answer.pipe(res)
  })
}

function bufferWhole(req: Request, res: Response): void {
  fromUpstream(req, async answer => {
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    const data = Buffer.concat(chunks).toString('base64')
    res.json({ media_data: data, content_type: answer.headers['content-type'] })
  })
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

app.get('/', kind === 'pipe' ? pipe : kind === 'peer' ? bufferWhole : ours())
const server: Server = app.listen(0, '127.0.0.1', () => process.send?.({ port: port(server) }))

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const usage: Usage = {
    now: process.memoryUsage.rss(),
    peak: process.resourceUsage().maxRSS * 1024,
    cpuMs: (user + system) / 1000,
  }
  process.send?.(usage)
})
// The bench is over, however it ended.
process.once('disconnect', () => process.exit())
