import { existsSync } from 'node:fs'
import { isLoopback } from './protocol/loopback.js'

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  isContainer: boolean
}

function readSurroundings(): Surroundings {
  const isContainer =
    existsSync('/.dockerenv') || existsSync('/run/.containerenv') || 'KUBERNETES_SERVICE_HOST' in process.env
  return { env: process.env, isContainer }
}

/**
 * Refuses to run in what looks like a deployment, because the simulator logs in every visitor.
 *
 * @throws {Error} with `NODE_ENV=production` in any letter case, and in a container that has a real app id and no `NODE_ENV`.
 */
export function assertNotProduction({ env, isContainer }: Surroundings = readSurroundings()): void {
  // On Windows, `set NODE_ENV=production && node …` leaves a space at the end.
  if (env.NODE_ENV?.trim().toLowerCase() === 'production') {
    throw new Error('simulator: refuses to run with NODE_ENV=production')
  }
  const appId = env.WECHAT_APP_ID ?? env.WECHAT_APPID ?? ''
  if (isContainer && !env.NODE_ENV && /^wx(?!sim)/.test(appId)) {
    throw new Error(
      'simulator: refuses to run in a container that has a real WECHAT_APP_ID and no NODE_ENV; set NODE_ENV=development if this is no deployment',
    )
  }
}

/**
 * Refuses an address to listen on that other machines can reach.
 * @throws {TypeError} unless `allowInsecureHost` is true.
 */
export function assertLocalHost(host: string, allowInsecureHost: boolean): void {
  const hostname = host.includes(':') ? `[${host}]` : host
  if (isLoopback(hostname) || allowInsecureHost) return
  throw new TypeError(
    `simulator: "host" must be loopback such as "127.0.0.1" (or set "allowInsecureHost": true; on the command line, --allow-insecure-host), got "${host}"`,
  )
}
