import type { RunningSimulator } from 'express-wechat/simulator'
import { type Child, runProgram } from './child.ts'

export interface GatewayProcess extends Child {
  /** Of its router: `http://127.0.0.1:…/wechat`. */
  url: string
  origin: string
}

export const sessionSecret = 'f4c1d9a07be2653890f4c1d9a07be265'

/** The gateway as `npm run gateway` runs it, on a free port, with the simulator for WeChat. */
export async function startGatewayProcess(
  wechat: RunningSimulator,
  env: Record<string, string | undefined> = {},
): Promise<GatewayProcess> {
  const child = runProgram('examples/gateway/server.ts', {
    ...wechat.env,
    PORT: '0',
    SESSION_SECRET: sessionSecret,
    ...env,
  })
  const [, url = ''] = await child.wrote('stdout', /listens at (http:\S+)\n/)
  // Defined anew, since what is copied would not grow.
  return Object.defineProperties(
    { url, origin: new URL(url).origin },
    Object.getOwnPropertyDescriptors(child),
  ) as GatewayProcess
}
