// Stands in for WeChat's token and ticket calls. Its arguments are the TTL of a token in seconds, and the delay of each
// answer in milliseconds.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveBench } from './server-process.ts'

const [ttlSeconds = 7200, delayMs = 0] = process.argv.slice(2).map(Number)
const calls = { tokens: 0, tickets: 0 }

const server = createServer((req, res) => {
  const isTicket = req.url?.startsWith('/cgi-bin/ticket/')
  calls[isTicket ? 'tickets' : 'tokens'] += 1
  const number = String(calls.tokens).padStart(40, 't')
  const answer = isTicket
    ? { errcode: 0, errmsg: 'ok', ticket: number, expires_in: 7200 }
    : { access_token: number, expires_in: ttlSeconds }
  setTimeout(() => res.setHeader('content-type', 'text/plain').end(JSON.stringify(answer)), delayMs)
})
server.listen(0, '127.0.0.1', () =>
  serveBench((server.address() as AddressInfo).port, {
    tokens: () => calls.tokens,
    tickets: () => calls.tickets,
  }),
)
