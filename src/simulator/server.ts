import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { createApp } from './app.js'
import type { SimulatorOptions } from './config.js'
import { assertLocalHost } from './guards.js'
import type { Simulator } from './simulator.js'
import { keepStateFile } from './state/state-file.js'

/** The environment variables by which an app finds the simulator. */
export type SimulatorEnvironment = Record<
  'WECHAT_APP_ID' | 'WECHAT_APP_SECRET' | 'WECHAT_API_BASE_URL' | 'WECHAT_OPEN_BASE_URL',
  string
>

export interface RunningSimulator extends Simulator {
  /** The address of the simulator, without a slash at the end. */
  readonly url: string
  /** The variables by which an app finds this simulator. */
  readonly env: SimulatorEnvironment
  /** Ends every connection, also those that hang, and frees the port. */
  close(): Promise<void>
}

/**
 * Starts the simulator of WeChat on this machine.
 *
 * @example
 * const wechat = await startSimulator()
 * Object.assign(process.env, wechat.env)
 *
 * @throws {Error} if the process looks like a deployment, or an option is not acceptable.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { host = '127.0.0.1', allowInsecureHost = false, stateFile } = options
  assertLocalHost(host, allowInsecureHost)
  const { app, platform, savedPort } = createApp(options)
  const server = createServer(app)

  const port = await listenOnPort(server, host, options.port, savedPort ?? options.preferredPort ?? 0)
  const url = `http://${reachableHost(host)}:${port}`
  const state = stateFile === undefined ? undefined : keepStateFile(stateFile, platform, port)

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
          state?.close()
          platform.messages.close()
          server.close(() => resolve())
          server.closeAllConnections()
        })
        return closed
      },
    },
    // The descriptors are copied instead of the values, because some members are getters.
    Object.getOwnPropertyDescriptors(app.simulator),
  ) as RunningSimulator
}

/** Listens on the demanded port; without one, on the preferred port if it is free, else on any free one. Returns it. */
async function listenOnPort(
  server: Server,
  host: string,
  demanded: number | undefined,
  preferred: number,
): Promise<number> {
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject).listen(port, host, () => {
        server.off('error', reject)
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  if (demanded !== undefined) return listen(demanded)
  return listen(preferred).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return listen(0)
    throw error
  })
}

/** The host to put into a URL. A server that listens on all interfaces is called at the loopback address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
