import { type AccountBehaviour, defaultBehaviour, parseBehaviourChanges } from './behaviour.js'
import { randomHex } from './platform/random-text.js'

export interface SimulatorOptions extends Partial<AccountBehaviour> {
  /** Begins with `wxsim`, so that it can never be a real account's. @default 'wxsim' and random hex digits */
  appId?: string
  /** Begins with `sim_`. @default 'sim_' and random hex digits */
  appSecret?: string
  /** 0 takes a free one. @default 0 */
  port?: number
  /** @default '127.0.0.1' */
  host?: string
  /** Allows a `host` that other machines can reach. @default false */
  allowInsecureHost?: boolean
  /** The wall clock, in milliseconds. `simulator.advance()` adds to it. @default Date.now */
  now?: () => number
}

export interface Settings {
  appId: string
  appSecret: string
  port: number
  host: string
  allowInsecureHost: boolean
  now: () => number
  behaviour: AccountBehaviour
}

/** @throws {TypeError} that names the option and what it must be. Never repeats a secret. */
export function parseOptions(options: SimulatorOptions = {}): Settings {
  const {
    appId = `wxsim${randomHex(13)}`,
    appSecret = `sim_${randomHex(32)}`,
    port = 0,
    host = '127.0.0.1',
    allowInsecureHost = false,
    now = Date.now,
    ...behaviour
  } = options

  if (!/^wxsim[\w-]*$/.test(appId)) {
    // Not repeated: somebody may have taken the secret for the id.
    throw new TypeError('simulator: "appId" must begin with "wxsim"; a real one has no place here')
  }
  if (!/^sim_[\w-]+$/.test(appSecret)) {
    throw new TypeError('simulator: "appSecret" must begin with "sim_"; a real one has no place here')
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`simulator: "port" must be 0 to 65535, got ${port}`)
  }
  return {
    appId,
    appSecret,
    port,
    host,
    allowInsecureHost,
    now,
    behaviour: { ...defaultBehaviour, ...parseBehaviourChanges(behaviour) },
  }
}
