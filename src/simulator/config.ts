import type { PushSettings } from './platform/messages/push-settings.js'
import type { PlatformSettings } from './platform/platform.js'
import { defaultPlatformConfig, type PlatformConfig, parseConfigChanges } from './platform/platform-config.js'
import { simulatedAppIdPrefix, simulatedSecretPrefix } from './protocol/identity.js'
import { randomHex } from './util/random.js'

/** The options of `startSimulator()` and `createSimulatorApp()`. */
export interface SimulatorOptions extends Partial<PlatformConfig> {
  /** The account's app id. It must begin with `wxsim`, as no real one does. @default 'wxsim' and random hex digits */
  appId?: string
  /** The account's secret. It must begin with `sim_`. @default 'sim_' and random hex digits */
  appSecret?: string
  /** The port to listen on; 0 takes a free one. @default that of the state file if it is free, else `preferredPort` */
  port?: number
  /** The port to listen on if it is free; another free one if not. @default 0, which takes a free one */
  preferredPort?: number
  /** The address to listen on. @default '127.0.0.1' */
  host?: string
  /** Allows a `host` that other machines can reach. @default false */
  allowInsecureHost?: boolean
  /**
   * A file in which `startSimulator` keeps the state over restarts: port, app id, secret, people, clock, tokens, media. It
   * is written at each change, with mode 600. The options override the file.
   */
  stateFile?: string
  /**
   * A test key that verifies the `paySign` of `wx.chooseWXPay`, so that a payment with a wrong one fails as in WeChat: the
   * merchant's key for `MD5` and `HMAC-SHA256`, the public key of the merchant's certificate in PEM for `RSA`. It stays
   * in the server: pages, saved states and the dashboard don't get it.
   * @default none; the pay sheet then offers a field for the key
   */
  payKey?: string
  /**
   * The settings of message pushes, as in WeChat's console. The URL is checked before the first push, since the app
   * starts later than the simulator. Like `payKey`, the settings stay in the server.
   * @default none; nothing is pushed
   */
  push?: PushSettings
  /** The wall clock in milliseconds, to which `simulator.advance()` adds. @default Date.now */
  now?: () => number
}

/** The options with every default filled in. */
export interface SimulatorSettings extends PlatformSettings {
  port: number
  host: string
  /** The settings that differ from the defaults because an option says so. */
  changes: Partial<PlatformConfig>
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
    preferredPort = 0,
    host = '127.0.0.1',
    allowInsecureHost = false,
    now = Date.now,
    payKey,
    push,
    stateFile: _stateFile,
    ...changes
  } = options

  if (!startsWithPrefix(appId, simulatedAppIdPrefix)) {
    // The message does not repeat the value: it may be a real secret that was put in the wrong place.
    throw new TypeError('simulator: "appId" must begin with "wxsim"; a real one has no place here')
  }
  if (!startsWithPrefix(appSecret, simulatedSecretPrefix) || appSecret === simulatedSecretPrefix) {
    throw new TypeError('simulator: "appSecret" must begin with "sim_"; a real one has no place here')
  }
  for (const [name, value] of Object.entries({ port, preferredPort })) {
    if (!Number.isInteger(value) || value < 0 || value > 65_535) {
      throw new TypeError(`simulator: "${name}" must be 0 to 65535, got ${value}`)
    }
  }
  if (payKey !== undefined && (typeof payKey !== 'string' || payKey === '')) {
    throw new TypeError('simulator: "payKey" must be the key of a test merchant, or a public key in PEM')
  }
  const parsedChanges = parseConfigChanges(changes)
  return {
    appId,
    appSecret,
    port,
    host,
    allowInsecureHost,
    now,
    payKey,
    push,
    changes: parsedChanges,
    config: { ...defaultPlatformConfig, ...parsedChanges },
  }
}

function startsWithPrefix(value: string, prefix: string): boolean {
  return value.startsWith(prefix) && /^[\w-]+$/.test(value)
}
