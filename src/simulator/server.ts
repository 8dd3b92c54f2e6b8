import { createServer } from 'node:http'
import { createSimulatorApp } from './app.js'
import type { SimulatorOptions } from './config.js'
import { assertLocalHost } from './guards.js'
import type { Simulator } from './simulator.js'

export type SimulatorEnvironment = Record<
  'WECHAT_APP_ID' | 'WECHAT_APP_SECRET' | 'WECHAT_API_BASE_URL' | 'WECHAT_OPEN_BASE_URL',
  string
>

export interface RunningSimulator extends Simulator {
  /** Without a slash at the end. */
  readonly url: string
  /** What an app needs in its environment to talk to this simulator. */
  readonly env: SimulatorEnvironment
  /** Ends every connection, also those that hang, and frees the port. */
  close(): Promise<void>
}

/**
 * Starts WeChat on this machine.
 *
 * @example
 * const wechat = await startSimulator()
 * Object.assign(process.env, wechat.env)
 *
 * @throws {Error} if the process looks like a deployment, or an option is not acceptable.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { host = '127.0.0.1', port = 0, allowInsecureHost = false } = options
  assertLocalHost(host, allowInsecureHost)
  const app = createSimulatorApp(options)
  const server = createServer(app)

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address()
  const takenPort = typeof address === 'object' && address ? address.port : port
  const url = `http://${reachableHost(host)}:${takenPort}`

  let closed: Promise<void> | undefined
  return Object.defineProperties(
    {
      url,
      env: {
        WECHAT_APP_ID: app.simulator.appId,
        WECHAT_APP_SECRET: app.simulator.appSecret,
        WECHAT_API_BASE_URL: url,
        WECHAT_OPEN_BASE_URL: url,
      },
      close() {
        closed ??= new Promise<void>(resolve => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
        return closed
      },
    },
    // Copies the descriptors, not the values: some members are getters.
    Object.getOwnPropertyDescriptors(app.simulator),
  ) as RunningSimulator
}

/** The host to put into a URL. A server that listens on all interfaces is called at the loopback address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
