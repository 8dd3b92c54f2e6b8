// Stands in for WeChat: gives media that arrive slowly, never, with a wrong type or in part, and accepts or refuses codes.
import { createServer, type ServerResponse } from 'node:http'
import { port } from '../media/messages.ts'

const JPEG_HEAD = Buffer.from([0xff, 0xd8, 0xff, 0xe0])
const LARGE = Buffer.concat([JPEG_HEAD, Buffer.alloc(2_000_000, 'picture')])

/** After so many milliseconds a slow answer ends, and a silent one breaks off. */
const SLOW_MS = 15_000

/** How the server answers a media_id, by the word with which the media_id begins. */
const MEDIA: Record<string, (res: ServerResponse) => void> = {
  small: res => sendImage(res, LARGE.subarray(0, 2_000)),
  large: res => sendImage(res, LARGE),
  html: res => res.setHeader('Content-Type', 'text/html').end('<script>alert(1)</script>'),
  error: res => sendJson(res, { errcode: 40007, errmsg: 'invalid media_id' }),
  video: res => sendJson(res, { video_url: 'http://127.0.0.1/secret' }),
  reset(res) {
    res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': LARGE.length })
    res.write(LARGE.subarray(0, 100_000), () => res.destroy())
  },
  // The first 70,000 bytes come at once, then one byte every 500 ms.
  slow(res) {
    res.writeHead(200, { 'Content-Type': 'image/jpeg' }).write(LARGE.subarray(0, 70_000))
    const drip = setInterval(() => res.write('x'), 500)
    const end = setTimeout(() => res.end(), SLOW_MS)
    res.once('close', () => {
      clearInterval(drip)
      clearTimeout(end)
    })
  },
  silent(res) {
    const end = setTimeout(() => res.destroy(), SLOW_MS)
    res.once('close', () => clearTimeout(end))
  },
}

function sendImage(res: ServerResponse, body: Buffer): void {
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': body.length }).end(body)
}

function sendJson(res: ServerResponse, body: object): void {
  res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
}

/** Accepts codes that begin with `good` and refuses others with 40029. All accepted codes give the same openid. */
function sendGrant(res: ServerResponse, code: string): void {
  const grant = {
    access_token: 'person-token',
    expires_in: 7200,
    refresh_token: 'refresh-token',
    openid: 'osim_soak0123456789abcdefghi',
    scope: 'snsapi_base',
  }
  sendJson(res, code.startsWith('good') ? grant : { errcode: 40029, errmsg: 'invalid code' })
}

const server = createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://upstream')
  res.setHeader('X-WeChat-Simulator', '1')
  if (pathname === '/cgi-bin/media/get') {
    const kind = /^[a-z]+/.exec(searchParams.get('media_id') ?? '')?.[0] ?? ''
    const answer = MEDIA[kind] ?? MEDIA.error
    answer?.(res)
  } else if (pathname === '/sns/oauth2/access_token') {
    sendGrant(res, searchParams.get('code') ?? '')
  } else if (pathname === '/cgi-bin/ticket/getticket') {
    sendJson(res, { errcode: 0, ticket: 't'.repeat(86), expires_in: 7200 })
  } else if (pathname === '/cgi-bin/stable_token') {
    sendJson(res, { access_token: 'x'.repeat(136), expires_in: 7200 })
  } else {
    req.resume().once('end', () => sendJson(res, { errcode: 0, errmsg: 'ok' }))
  }
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: port(server) }))
// The channel closes when the run ends, also if it crashed. Without this listener, the server would go on running.
process.once('disconnect', () => process.exit())
