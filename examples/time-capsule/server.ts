import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTokenManager } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { createTimeCapsule } from './app.ts'
import { openCapsuleStore } from './capsules.ts'
import { SqliteSessionStore } from './sqlite-session-store.ts'
import { listenFailure, welcome } from './welcome.ts'

const { WECHAT_APP_ID, HOST = '127.0.0.1', PORT = '3000' } = process.env
const dataFolder = process.env.DATA_DIR ?? join(import.meta.dirname, 'data')

// Without an account, the app starts the simulator. Its app id stays the same over restarts, and so do the openids, so
// that people find their capsules again.
const simulator = WECHAT_APP_ID ? undefined : await startKeptSimulator()
const tokenManager = createTokenManager(simulator ? simulatedAccount(simulator) : {})
const databaseFile = join(dataFolder, `${tokenManager.appId}.sqlite`)
const store = openCapsuleStore(databaseFile)
const sessionStore = new SqliteSessionStore(join(dataFolder, `${tokenManager.appId}.sessions.sqlite`))

const app = createTimeCapsule({
  tokenManager,
  store,
  sessionStore,
  simulator,
  now: simulator?.now ?? Date.now,
  // The secret is kept with the simulator's state, so that people stay logged in over a restart.
  sessionSecret: simulator ? simulator.appSecret : readSessionSecret(),
})

const server = createServer(app)
server.once('error', error => {
  console.error(listenFailure(error, PORT))
  process.exit(1)
})
server.listen(Number(PORT), HOST, () => console.info(welcome({ url: url(), simulator, databaseFile })))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server.close()
    server.closeAllConnections()
    await Promise.all([tokenManager.close(), simulator?.close()])
    store.close()
    sessionStore.close()
  })
}

function url(): string {
  const address = server.address()
  return `http://${HOST}:${typeof address === 'object' && address ? address.port : PORT}`
}

/** Starts the simulator. Its state is kept beside the capsules, so that its open tabs work after a restart. */
async function startKeptSimulator(): Promise<RunningSimulator> {
  mkdirSync(dataFolder, { recursive: true })
  return startSimulator({ appId: 'wxsim_time_capsule', stateFile: join(dataFolder, 'simulator.json') })
}

/** Reads the secret that signs session ids. It has no default, because a person who knows it can forge a login. */
function readSessionSecret(): string {
  const { SESSION_SECRET } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  throw new Error(
    'SESSION_SECRET is not set: it takes a long random text, such as `openssl rand -hex 32` gives',
  )
}

/** The token manager uses the simulator's clock, so that a jump in time makes its tokens expire too. */
function simulatedAccount({ appId, appSecret, url, now }: RunningSimulator) {
  const clock = {
    wallMs: now,
    monotonicMs: now,
    sleep: (ms: number, signal?: AbortSignal) => delay(ms, undefined, signal && { signal }),
  }
  return { appId, appSecret, apiBaseUrl: url, openBaseUrl: url, clock }
}
