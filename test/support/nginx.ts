import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findService } from '../../scripts/services.js'
import { freePort } from './listen.ts'
import { until } from './until.ts'

/** The path of nginx; undefined if this machine has none. */
export const nginxProgram = findService('nginx')
const opensslProgram = findService('OpenSSL')

export const canRunNginx = nginxProgram !== undefined && opensslProgram !== undefined

if (!canRunNginx) {
  const message =
    'the suites behind nginx need nginx and openssl (Debian: nginx, openssl), or NGINX and OPENSSL'
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
}

export interface Nginx {
  /** The ports of the http server and of the https server. */
  readonly ports: { http: number; https: number }
  readAccessLog(): string
  close(): Promise<void>
}

/** Starts a real nginx with an http and an https server for all host names. `locations` is their configuration. */
export function startNginx(locations: { http: string; https: string }): Promise<Nginx> {
  return startNginxServers(
    ({ ports, certificate, key }) => `
      server { listen 127.0.0.1:${ports.http}; ${locations.http} }
      server {
        listen 127.0.0.1:${ports.https} ssl;
        ssl_certificate ${certificate};
        ssl_certificate_key ${key};
        ${locations.https}
      }`,
  )
}

/** The values that the server blocks of a configuration use. */
interface NginxSetting {
  ports: { http: number; https: number }
  /** The paths of a self-signed certificate and its key. */
  certificate: string
  key: string
}

/** Starts a real nginx with these server blocks, which have to listen at both ports. */
export async function startNginxServers(describeServers: (setting: NginxSetting) => string): Promise<Nginx> {
  if (!nginxProgram) throw new Error('no nginx')
  const folder = mkdtempSync(join(tmpdir(), 'express-wechat-nginx-'))
  // The worker of nginx may run as another user than the tests, and has to read this folder.
  chmodSync(folder, 0o755)
  const ports = { http: await freePort(), https: await freePort() }
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  makeCertificate(certificate, key)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${join(folder, name)};`,
  )
  const accessLog = join(folder, 'access.log')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
    worker_processes 1;
    pid ${join(folder, 'nginx.pid')};
    error_log ${join(folder, 'error.log')};
    events { worker_connections 64; }
    http {
      access_log ${accessLog};
      ${temporary.join('\n')}
      ${describeServers({ ports, certificate, key })}
    }`,
  )
  const child = spawn(nginxProgram, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
  await until('nginx accepts connections', async () => (await accepts(ports.http)) && accepts(ports.https))

  return {
    ports,
    readAccessLog: () => readFileSync(accessLog, 'utf8'),
    async close() {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a self-signed certificate for this run. */
function makeCertificate(certificate: string, key: string): void {
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'
  const files = ['-keyout', key, '-out', certificate]
  const made = spawnSync(opensslProgram ?? '', [...request.split(' '), ...files], { stdio: 'ignore' })
  if (made.status !== 0) throw new Error('openssl made no certificate')
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(done => child.once('exit', done))
  child.kill('SIGTERM')
  await gone
}
