// Stands in for WeChat: gives a token, and for the media_id `bytes_1000_7` a JPEG of 1,000 bytes.
import { createServer } from 'node:http'
import { port } from './messages.ts'

const bodies = new Map<number, Buffer>()

function createBody(size: number): Buffer {
  const body = bodies.get(size) ?? Buffer.alloc(size, 'picture')
  body.set([0xff, 0xd8, 0xff])
  bodies.set(size, body)
  return body
}

const server = createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://upstream')
  if (url.pathname !== '/cgi-bin/media/get') {
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify({ access_token: 'x'.repeat(136), expires_in: 7200 }))
    return
  }
  const body = createBody(Number(url.searchParams.get('media_id')?.split('_')[1]))
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': body.length })
  res.end(body)
})
// Idle connections stay open: one that is closed just when a request is sent on it would fail the bench.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send?.({ port: port(server) }))
// The channel closes when the bench ends, also if it crashed. Without this listener, the server would go on running.
process.once('disconnect', () => process.exit())
