import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'

/** The host names of the certificate. Only the proxies of the tests resolve them, except `localhost`. */
const NAMES = [
  'api.weixin.qq.com',
  'api2.weixin.qq.com',
  'vweixinf.tc.qq.com',
  'gateway.example',
  'localhost',
]

export interface TlsFront {
  readonly port: number
  /** The host name (SNI) of each connection, in order. */
  readonly names: string[]
  close(): Promise<void>
}

interface Certificate {
  key: string
  cert: string
}

let certificate: Certificate | undefined

/** Starts a server that ends TLS for {@link NAMES} with a trusted certificate, and passes plain HTTP on to a port. */
export async function startTlsFront(toPort: number): Promise<TlsFront> {
  certificate ??= createTrustedCertificate()
  const names: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(certificate, socket => {
    names.push(String(socket.servername))
    const upstream = connect(toPort, '127.0.0.1')
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    names,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

function createTrustedCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'express-wechat-tls-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', '/CN=stand-in of a test'],
        ...['-addext', `subjectAltName=${NAMES.map(name => `DNS:${name}`).join(',')}`],
      ],
      { stdio: 'pipe' },
    )
    const created = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
    setDefaultCACertificates([...getCACertificates('default'), created.cert])
    return created
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
