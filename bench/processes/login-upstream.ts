// Stands in for WeChat during a login: each code gives another openid. The server closes no idle connection.
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { serveBench } from './server-process.ts'

const [keyFile, certFile = ''] = process.argv.slice(2)
let connections = 0
const answer: RequestListener = (req, res) => {
  const code = new URL(req.url ?? '/', 'https://wechat').searchParams.get('code')
  const openid = `o${code}`.padEnd(28, '0')
  res.setHeader('content-type', 'text/plain')
  res.end(
    JSON.stringify({
      access_token: 'user-access-token',
      expires_in: 7200,
      refresh_token: 'user-refresh-token',
      openid,
      scope: 'snsapi_base',
    }),
  )
}
// Without a certificate among its arguments, the server speaks plain http.
const server = keyFile
  ? createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, answer)
  : createPlainServer(answer)
server.keepAliveTimeout = 0
server.on('secureConnection', () => {
  connections += 1
})
server.listen(0, '127.0.0.1', () =>
  serveBench((server.address() as AddressInfo).port, { connections: () => connections }),
)
