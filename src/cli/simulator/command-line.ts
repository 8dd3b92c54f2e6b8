import { parseArgs } from 'node:util'
import type { SimulatorOptions } from '../../simulator/index.js'

export type CommandLine = { kind: 'help' } | { kind: 'mistake'; message: string } | RunLine

export interface RunLine {
  kind: 'run'
  options: SimulatorOptions
  command: readonly string[]
  variables: readonly Variable[]
  /** Whether the simulator begins with the first state again. Absent without `--reset`. */
  reset?: true
}

/** An environment variable that the command gets, and which value of the simulator it holds. */
export interface Variable {
  name: string
  holds: 'app-id' | 'app-secret'
}

export const usage = `express-wechat simulator: WeChat on this machine, for development

  express-wechat simulator [options]           run until Ctrl-C
  express-wechat simulator [options] -- command args
                                               run the command and end with it; it finds the simulator
                                               in its environment, and a Node app's calls and redirects
                                               to WeChat lead to the simulator without a change to it

  --port N                listen on this port (default: that of the state file, else 3999, else a free one)
  --host H                listen on this address (default: 127.0.0.1)
  --allow-insecure-host   allow a --host that other machines can reach
  --app-id wxsim…         the account's app id (default: random)
  --app-secret sim_…      the account's secret (default: random)
  --state FILE            keep port, account, people, clock, tokens and media in this file over restarts; it
                          is the JSON that the dashboard exports and imports
  --reset                 with --state: begin with the first state again
  --env NAME=app-id       give the app id to the command as NAME, where its own settings look for it
  --env NAME=app-secret   the same with the secret
  --as PERSON             answer every login at once as this person, such as lin-xiaoyu
  --unionid               give out unionids, as an account bound to the Open Platform does
  --push-url URL          push messages there, by the app's own WECHAT_PUSH_TOKEN and WECHAT_PUSH_AES_KEY
  --help                  this text
`

/** Reads the arguments after `simulator`. What stands after `--` belongs to the command and is not read. */
export function parseCommandLine(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): CommandLine {
  const { own, command } = splitArguments(argv)
  if (command?.length === 0) return { kind: 'mistake', message: 'no command after "--"' }

  const values = readOptions(own)
  if (typeof values === 'string') return { kind: 'mistake', message: values }
  if (values.help) return { kind: 'help' }
  if (values.port !== undefined && !/^\d+$/.test(values.port)) {
    return { kind: 'mistake', message: `--port must be a number, got "${values.port}"` }
  }
  const variables = readVariables(values.env ?? [])
  if (typeof variables === 'string') return { kind: 'mistake', message: variables }

  if (values['push-url'] !== undefined && !environment.WECHAT_PUSH_TOKEN)
    return { kind: 'mistake', message: '--push-url needs WECHAT_PUSH_TOKEN in the environment' }
  if (values.reset && values.state === undefined)
    return { kind: 'mistake', message: '--reset needs --state FILE' }
  return {
    kind: 'run',
    command: command ?? [],
    variables,
    options: { ...toSimulatorOptions(values), ...readPush(values['push-url'], environment) },
    ...(values.reset && { reset: true }),
  }
}

function splitArguments(argv: readonly string[]): { own: readonly string[]; command?: readonly string[] } {
  const separator = argv.indexOf('--')
  if (separator === -1) return { own: argv }
  return { own: argv.slice(0, separator), command: argv.slice(separator + 1) }
}

/** Returns the options, or a sentence that says which one is wrong. */
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
        state: { type: 'string' },
        reset: { type: 'boolean' },
        env: { type: 'string', multiple: true },
        as: { type: 'string' },
        unionid: { type: 'boolean' },
        'push-url': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Returns the variables of `--env`, or a sentence that says which one is wrong. */
function readVariables(texts: readonly string[]): Variable[] | string {
  const variables: Variable[] = []
  for (const text of texts) {
    const [, name, holds] = /^([A-Za-z_]\w*)=(app-id|app-secret)$/.exec(text) ?? []
    if (!name || (holds !== 'app-id' && holds !== 'app-secret')) {
      return `--env must be NAME=app-id or NAME=app-secret, got "${text}"`
    }
    variables.push({ name, holds })
  }
  return variables
}

/** Reads token and key from the app's own variables. Of several keys, the first is used, which is the newest. */
function readPush(
  url: string | undefined,
  { WECHAT_PUSH_TOKEN: token = '', WECHAT_PUSH_AES_KEY: keys }: NodeJS.ProcessEnv,
): Pick<SimulatorOptions, 'push'> {
  if (url === undefined) return {}
  const encodingAesKey = keys?.split(',')[0]?.trim() || undefined
  return { push: { url, token, ...(encodingAesKey !== undefined && { encodingAesKey }) } }
}

function toSimulatorOptions(values: Exclude<ReturnType<typeof readOptions>, string>): SimulatorOptions {
  return {
    ...(values.port !== undefined && { port: Number(values.port) }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values['allow-insecure-host'] && { allowInsecureHost: true }),
    ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
    ...(values['app-secret'] !== undefined && { appSecret: values['app-secret'] }),
    ...(values.state !== undefined && { stateFile: values.state }),
    ...(values.as !== undefined && { autoApprove: values.as }),
    ...(values.unionid && { boundToOpenPlatform: true }),
  }
}
