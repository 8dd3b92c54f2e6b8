import { parseArgs } from 'node:util'
import type { SimulatorOptions } from './options.js'

export type CommandLine =
  | { kind: 'help' }
  | { kind: 'mistake'; message: string }
  | { kind: 'run'; options: SimulatorOptions; command: readonly string[]; variables: readonly Variable[] }

/** An environment variable of the app's own, and what of the simulator it is to hold. */
export interface Variable {
  name: string
  holds: 'app-id' | 'app-secret'
}

export const usage = `wechat-simulator: WeChat on this machine, for development

  wechat-simulator [options]                   run until Ctrl-C
  wechat-simulator [options] -- command args   run the command and end with it; it finds the simulator
                                               in its environment, and a Node app's calls and redirects
                                               to WeChat lead to the simulator without a change to it

  --port N                listen on this port (default: a free one)
  --host H                listen on this address (default: 127.0.0.1)
  --allow-insecure-host   allow a --host that other machines can reach
  --app-id wxsim…         the account's app id (default: random)
  --app-secret sim_…      the account's secret (default: random)
  --env NAME=app-id       give the app id to the command as NAME, where its own settings look for it
  --env NAME=app-secret   the same with the secret
  --as PERSON             answer every login at once as this person, such as lin-xiaoyu
  --unionid               give out unionids, as an account bound to the Open Platform does
  --help                  this text
`

/** What stands after `--` is left alone: it belongs to the command. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const separator = argv.indexOf('--')
  const own = separator === -1 ? argv : argv.slice(0, separator)
  const command = separator === -1 ? [] : argv.slice(separator + 1)
  if (separator !== -1 && command.length === 0) return { kind: 'mistake', message: 'no command after "--"' }

  const values = readOptions(own)
  if (typeof values === 'string') return { kind: 'mistake', message: values }
  if (values.help) return { kind: 'help' }
  if (values.port !== undefined && !/^\d+$/.test(values.port)) {
    return { kind: 'mistake', message: `--port must be a number, got "${values.port}"` }
  }
  const variables = (values.env ?? []).map(readVariable)
  const mistaken = variables.findIndex(variable => !variable)
  if (mistaken !== -1) {
    return {
      kind: 'mistake',
      message: `--env must be NAME=app-id or NAME=app-secret, got "${values.env?.[mistaken]}"`,
    }
  }
  return {
    kind: 'run',
    command,
    variables: variables.filter(variable => variable !== undefined),
    options: {
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(values['allow-insecure-host'] ? { allowInsecureHost: true } : {}),
      ...(values['app-id'] === undefined ? {} : { appId: values['app-id'] }),
      ...(values['app-secret'] === undefined ? {} : { appSecret: values['app-secret'] }),
      ...(values.as === undefined ? {} : { autoApprove: values.as }),
      ...(values.unionid ? { boundToOpenPlatform: true } : {}),
    },
  }
}

function readVariable(text: string): Variable | undefined {
  const [, name, holds] = /^([A-Za-z_]\w*)=(app-id|app-secret)$/.exec(text) ?? []
  return name && (holds === 'app-id' || holds === 'app-secret') ? { name, holds } : undefined
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        'allow-insecure-host': { type: 'boolean' },
        'app-id': { type: 'string' },
        'app-secret': { type: 'string' },
        env: { type: 'string', multiple: true },
        as: { type: 'string' },
        unionid: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
