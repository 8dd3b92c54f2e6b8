// CPU time of a login's callback over TLS, and how many connections to WeChat 1,000 logins make.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { assertStatus, inParallel, send } from './processes/http-client.ts'
import { type ServerProcess, startServer } from './processes/server-process.ts'
import { measureInRounds, printFigures } from './rounds.ts'

const ROUNDS = 5
const LOGINS = 1_000
/** The logins of one kind in one round. */
const MEASURED_LOGINS = 300
const AT_ONCE = 20
const IDLE_MS = 10_000
const kinds = ['session', 'got', 'ours'] as const
let codes = 0

export async function measureLogins(): Promise<void> {
  const { key, cert } = makeCertificate()
  const upstream = await startServer('./login-upstream.ts', [key, cert])
  const trust = { NODE_EXTRA_CA_CERTS: cert }
  const servers = {
    session: await startServer('./login-server.ts', ['session'], trust),
    got: await startServer('./login-server.ts', ['got', urlOf(upstream)], trust),
    ours: await startServer('./login-server.ts', ['ours', urlOf(upstream)], trust),
  }
  for (const kind of kinds) await logIn(servers[kind], MEASURED_LOGINS, AT_ONCE)
  const figures = await measureInRounds(ROUNDS, kinds, kind => logIn(servers[kind], MEASURED_LOGINS, AT_ONCE))
  printFigures('The callback of a login over TLS', 'CPU µs', 'session', figures)
  for (const server of Object.values(servers)) server.stop()
  await countConnections(upstream, trust)
  upstream.stop()
}

async function countConnections(upstream: ServerProcess, trust: NodeJS.ProcessEnv): Promise<void> {
  const server = await startServer('./login-server.ts', ['ours', urlOf(upstream)], trust)
  async function readConnectionCount(logins: number, atOnce: number): Promise<number> {
    const before = await upstream.ask('connections')
    await logIn(server, logins, atOnce)
    return (await upstream.ask('connections')) - before
  }
  const oneByOne = await readConnectionCount(LOGINS, 1)
  const together = await readConnectionCount(LOGINS, AT_ONCE)
  await delay(IDLE_MS)
  const afterIdle = await readConnectionCount(AT_ONCE, AT_ONCE)
  console.info(`New connections to WeChat, ${LOGINS} logins`)
  console.info(
    `  one after another: ${oneByOne}; ${AT_ONCE} at once: ${together}; after 10 s idle: ${afterIdle}`,
  )
  server.stop()
}

/** CPU microseconds of one callback; the logins have begun before. */
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

const urlOf = ({ port }: ServerProcess) => `https://localhost:${port}`

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
