import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import session, { type SessionOptions } from 'express-session'
import { createTokenManager, domainVerificationHandler, wechatAuthRouter } from 'express-wechat'
import { type RunningSimulator, type SimulatorOptions, startSimulator } from 'express-wechat/simulator'
import { onTestFinished } from 'vitest'
import { doctorCommand } from '../../../src/cli/doctor/doctor-command.ts'
import type { CheckResult } from '../../../src/cli/doctor/outcome.ts'
import { keepSecret } from '../../support/canary.ts'
import { listen } from '../../support/listen.ts'

export const VERIFY_FILE = 'MP_verify_Ab12Cd34Ef56Gh78.txt'

export interface Printed {
  code: number
  /** What the process writes, mistakes and progress included. */
  text: string
  progress: string[]
}

export interface Report {
  version: number
  lang: string
  appId: string | null
  healthy: boolean
  wechatCalls: number
  checks: CheckResult[]
}

/** The command in this process, with nothing in its environment but what the test gives. */
export async function doctor(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  now?: () => number,
): Promise<Printed> {
  let text = ''
  const progress: string[] = []
  const code = await doctorCommand(args, {
    environment,
    now,
    output: {
      write: words => {
        text += words
      },
      progress: words => progress.push(words),
    },
    complain: words => {
      text += words
    },
  })
  return { code, text, progress }
}

export async function doctorJson(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  now?: () => number,
): Promise<Report & { code: number }> {
  const { code, text } = await doctor([...args, '--json'], environment, now)
  return { ...(JSON.parse(text) as Report), code }
}

export interface Bench {
  wechat: RunningSimulator
  /** The origin of an app with a login at `/wechat`. */
  origin: string
  /** The environment of the app. */
  environment: NodeJS.ProcessEnv
  /** The options with which everything is checked. */
  args: string[]
  close(): Promise<void>
}

export interface BenchSetup {
  simulator?: SimulatorOptions
  cookie?: SessionOptions['cookie']
  /** @default true */
  hasVerifyFile?: boolean
  trustsProxy?: boolean
  /** After the router. */
  pages?(app: Express): void
  /** The account of the app. @default that of the simulator */
  appId?: string
}

/** A WeChat and a small app, which end with the test. */
export async function startBench(setup: BenchSetup = {}): Promise<Bench> {
  const wechat = await startSimulator(setup.simulator)
  keepSecret(wechat.appSecret)
  const tokenManager = createTokenManager({
    appId: setup.appId ?? wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
  const app = express()
  // Trusts a proxy only for the tests that have one.
  if (setup.trustsProxy) app.set('trust proxy', 1)
  if (setup.hasVerifyFile !== false) app.use(domainVerificationHandler({ fileName: VERIFY_FILE }))
  app.use(
    session({
      secret: 'a secret of the tests of the doctor',
      resave: false,
      saveUninitialized: false,
      ...(setup.cookie && { cookie: setup.cookie }),
    }),
  )
  app.use('/wechat', wechatAuthRouter({ tokenManager }))
  setup.pages?.(app)
  const server = await listen(app)
  const close = async () => {
    await Promise.all([server.close(), wechat.close(), tokenManager.close()])
  }
  onTestFinished(close)
  return {
    wechat,
    origin: server.origin,
    environment: { ...wechat.env, WECHAT_PUBLIC_URL: `${server.origin}/wechat` },
    args: ['--url', server.origin, '--verify-file', VERIFY_FILE],
    close,
  }
}

/** A proxy that changes the headers of requests on their way, for the worse. Returns its origin. */
export async function startProxy(
  target: string,
  change: (headers: Record<string, unknown>) => void,
): Promise<string> {
  const server = createServer((req, res) => {
    const headers = { ...req.headers }
    change(headers)
    const upstream = request(new URL(req.url ?? '/', target), { headers }, answer => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    upstream.on('error', () => res.destroy())
    req.pipe(upstream)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Everything that no output may hold. */
export function secretsOf({ wechat }: Bench): string[] {
  return [wechat.appSecret, wechat.currentJsapiTicket, ...wechat.currentAccessTokens]
}
