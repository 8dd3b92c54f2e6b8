import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenManager, type TokenManager } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import request from 'supertest'
import { createTimeCapsule } from '../../../../examples/time-capsule/app.ts'
import { type CapsuleStore, openCapsuleStore } from '../../../../examples/time-capsule/capsules.ts'
import { SqliteSessionStore } from '../../../../examples/time-capsule/sqlite-session-store.ts'

export type Visitor = ReturnType<typeof request.agent>

export interface RunningCapsule {
  url: string
  simulator: RunningSimulator
  store: CapsuleStore
  /** A browser of its own, in which this person is logged in. */
  visitor(personId: string): Promise<Visitor>
  close(): Promise<void>
}

export interface CapsuleSetup {
  /** When it is, at the start. */
  now?: string
  /** Without it the app is what it is with a real account. */
  canTravel?: boolean
}

export async function startCapsule({ now, canTravel = true }: CapsuleSetup = {}): Promise<RunningCapsule> {
  const simulator = await startSimulator(now === undefined ? {} : { now: () => Date.parse(now) })
  const { appId, appSecret, url: apiBaseUrl } = simulator
  const tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl, openBaseUrl: apiBaseUrl })
  const store = openCapsuleStore(':memory:')
  const server = createServer()
  const url = await listen(server)
  server.on(
    'request',
    createTimeCapsule({
      tokenManager,
      store,
      sessionSecret: 'only-for-tests',
      sessionStore: new SqliteSessionStore(':memory:'),
      now: simulator.now,
      simulator: canTravel ? simulator : undefined,
    }),
  )
  return {
    url,
    simulator,
    store,
    visitor: personId => logIn(url, simulator, personId),
    close: () => closeAll(server, tokenManager, simulator, store),
  }
}

/** With a real account, any other browser is led to the scan. */
const IN_WECHAT = 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50'

/** Follows the redirects as WeChat's browser does, and taps for the person. */
export async function logIn(
  url: string,
  simulator: RunningSimulator,
  personId: string,
  page = '/enter',
): Promise<Visitor> {
  const agent = request.agent(url)
  const guarded = await agent.get(page).set('Accept', 'text/html').set('User-Agent', IN_WECHAT)
  const login = await agent.get(String(guarded.headers.location))
  const callback = new URL(simulator.approve(String(login.headers.location), { personId }) ?? '')
  const done = await agent.get(callback.pathname + callback.search)
  if (done.status !== 302) throw new Error(`the login ended with ${done.status}: ${done.text}`)
  return agent
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closeAll(
  server: Server,
  tokenManager: TokenManager,
  simulator: RunningSimulator,
  store: CapsuleStore,
): Promise<void> {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await Promise.all([tokenManager.close(), simulator.close()])
  store.close()
}
