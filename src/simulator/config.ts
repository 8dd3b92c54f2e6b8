import type { PlatformSettings } from './platform/platform.js'
import { defaultPlatformConfig, type PlatformConfig, parseConfigChanges } from './platform/platform-config.js'
import { simulatedAppIdPrefix, simulatedSecretPrefix } from './protocol/identity.js'
import { randomHex } from './util/random.js'

export interface SimulatorOptions extends Partial<PlatformConfig> {
  /** Must begin with `wxsim`, so that it can't be confused with a real account's. @default 'wxsim' and random hex digits */
  appId?: string
  /** Must begin with `sim_`. @default 'sim_' and random hex digits */
  appSecret?: string
  /** The port to listen on; 0 takes a free one. @default 0 */
  port?: number
  /** The address to listen on. @default '127.0.0.1' */
  host?: string
  /** Allows a `host` that other machines can reach. @default false */
  allowInsecureHost?: boolean
  /** The wall clock, in milliseconds. `simulator.advance()` adds to it. @default Date.now */
  now?: () => number
}

/** The options with every default filled in. */
export interface SimulatorSettings extends PlatformSettings {
  port: number
  host: string
}

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} that names the option and what it must be. The message never repeats a secret.
 */
export function parseOptions(options: SimulatorOptions = {}): SimulatorSettings {
  const {
    appId = `${simulatedAppIdPrefix}${randomHex(13)}`,
    appSecret = `${simulatedSecretPrefix}${randomHex(32)}`,
    port = 0,
    host = '127.0.0.1',
    allowInsecureHost = false,
    now = Date.now,
    ...changes
  } = options

  if (!startsWithPrefix(appId, simulatedAppIdPrefix)) {
    // The message does not repeat the value: it may be a real secret that was put in the wrong place.
    throw new TypeError('simulator: "appId" must begin with "wxsim"; a real one has no place here')
  }
  if (!startsWithPrefix(appSecret, simulatedSecretPrefix) || appSecret === simulatedSecretPrefix) {
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
    config: { ...defaultPlatformConfig, ...parseConfigChanges(changes) },
  }
}

function startsWithPrefix(value: string, prefix: string): boolean {
  return value.startsWith(prefix) && /^[\w-]+$/.test(value)
}
