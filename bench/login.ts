// Measures the CPU time of a login's callback, which calls WeChat over TLS, and counts the connections of 1,000 logins.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { installPeers } from './peers.ts'
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { peers } from './processes/login-peers.ts'
import { startRedis } from './processes/redis.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures, printTable } from './rounds.ts'

const LOGINS = 1_000
/** How many logins each kind of server runs in a round. */
const MEASURED_LOGINS = 300
const AT_ONCE = 20
const IDLE_MS = 10_000
let codes = 0

export async function measureLogins(): Promise<void> {
  installPeers()
  const { key, cert } = makeCertificate()
  const upstream = await startServer('./login-upstream.ts', [key, cert])
  const redis = await startRedis()
  const start = (...args: string[]) => startServer('./login-server.ts', args, { NODE_EXTRA_CA_CERTS: cert })
  const url = `https://localhost:${upstream.port}`
  const servers: Record<string, ServerProcess> = {
    session: await start('session'),
    got: await start('got', url),
    ours: await start('ours', url),
    'session on Redis': await start('session', url, redis.url),
    'ours on Redis': await start('ours', url, redis.url),
  }
  for (const peer of peers) servers[peer] = await start(peer, url)
  await measureCallbacks(servers)
  for (const server of Object.values(servers)) server.stop()
  await countConnections(upstream, await start('ours', url))
  upstream.stop()
  redis.stop()
}

async function measureCallbacks(servers: Readonly<Record<string, ServerProcess>>): Promise<void> {
  const logins = async (kind: string, count: number) => {
    const server = servers[kind]
    return server ? logIn(server, count, AT_ONCE) : Number.NaN
  }
  const kinds = Object.keys(servers)
  for (const kind of kinds) await logins(kind, LOGINS)
  const figures = await measureInRounds(kinds, kind => logins(kind, MEASURED_LOGINS))
  printFigures('The callback of a login over TLS', 'CPU µs', 'session', figures)
  printFigures('The same', 'CPU µs', 'wechat-jssdk', figures)
}

async function countConnections(upstream: ServerProcess, server: ServerProcess): Promise<void> {
  async function readConnectionCount(logins: number, atOnce: number): Promise<number> {
    const before = await upstream.ask('connections')
    await logIn(server, logins, atOnce)
    return (await upstream.ask('connections')) - before
  }
  const oneByOne = await readConnectionCount(LOGINS, 1)
  const together = await readConnectionCount(LOGINS, AT_ONCE)
  await delay(IDLE_MS)
  const afterIdle = await readConnectionCount(AT_ONCE, AT_ONCE)
  printTable(
    'New connections to WeChat',
    ['logins', 'connections'],
    [
      [`${LOGINS} one after another`, oneByOne],
      [`${LOGINS}, ${AT_ONCE} at once`, together],
      [`${AT_ONCE} after 10 s idle`, afterIdle],
    ],
  )
  server.stop()
}

/** Returns the CPU microseconds of one callback. The redirects to WeChat before it are not measured. */
async function logIn({ port, ask }: ServerProcess, logins: number, atOnce: number): Promise<number> {
  const begun: { path: string; cookies: string }[] = []
  await inParallel(logins, atOnce, async () => {
    const { status, location, cookies } = await send(port, '/wechat/auth?state=%2Fpage')
    assertStatus({ status, location, cookies }, 302)
    const state = new URL(location, 'http://localhost').searchParams.get('state')
    begun.push({ path: `/wechat/auth/code?code=c${codes++}&state=${state}`, cookies })
  })
  const before = await ask('cpu')
  await inParallel(logins, atOnce, async index => {
    const { path = '', cookies = '' } = begun[index] ?? {}
    const answer = await send(port, path, { cookies })
    assertStatus(answer, 302)
    if (answer.location.includes('authorize')) throw new Error('the login began again')
  })
  return ((await ask('cpu')) - before) / logins
}

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  return { key, cert }
}
