import { parseArgs } from 'node:util'
import type { Language } from './texts/texts.js'

export type CommandLine = { kind: 'help' } | { kind: 'mistake'; message: string } | DoctorLine

export interface DoctorLine extends DoctorOptions {
  kind: 'run'
  envFile: string | undefined
  json: boolean
  /** The language of the output; undefined for the language of the environment. */
  lang: Language | undefined
}

/** The options of the command line. All other settings come from the environment. */
export interface DoctorOptions {
  /** The address of a running app. Without it, the checks that visit the app's login are skipped. */
  url?: URL | undefined
  /**
   * The path of the login in the app.
   * @default `/auth` below the path of `url`, or of a WECHAT_PUBLIC_URL with its origin, else '/wechat/auth'
   */
  loginPath?: string | undefined
  /** The name of the file by which WeChat verified the domain; a path if the domain was entered with a path. */
  verifyFile?: string | undefined
  /** Lets legacy mode fetch a new token, after which the app's token works for five more minutes. @default false */
  allowTokenRefresh?: boolean | undefined
  /** Whether other software may fetch tokens by /cgi-bin/token, which is a fault otherwise. @default false */
  allowLegacySoftware?: boolean | undefined
}

export const usage = `express-wechat doctor: checks a configuration and says what to do

  express-wechat doctor [options]   read the WECHAT_… variables and REDIS_URL, ask WeChat or the simulator,
                                    and print one check after another. It changes nothing, and needs about
                                    seven calls of the account's daily quota.

  --env-file FILE          read variables from this file too; those of the environment come first
  --url https://…          visit the login of this running app as WeChat's browser does
  --login-path /path       where the app's login is (default: /auth below the path of --url or of
                           WECHAT_PUBLIC_URL, else /wechat/auth)
  --verify-file NAME       fetch MP_verify_….txt from WECHAT_PUBLIC_URL, or from --url
  --allow-token-refresh    with WECHAT_TOKEN_MODE=legacy: fetch a token by /cgi-bin/token. The running one
                           then works for five more minutes
  --allow-legacy-software  other software is known to fetch tokens by /cgi-bin/token
  --lang zh|en             the language of the output (default: from LANG)
  --json                   print one JSON object at the end
  --help                   this text

  Exit code: 0 if all is well, 1 if a fault was found, 2 for a mistake on the command line.
`

/** Reads the arguments after `doctor`. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const values = readOptions(argv)
  if (typeof values === 'string') return { kind: 'mistake', message: values }
  if (values.help) return { kind: 'help' }
  const mistake = findMistake(values)
  if (mistake !== undefined) return { kind: 'mistake', message: mistake }
  return {
    kind: 'run',
    envFile: values['env-file'],
    json: values.json ?? false,
    lang: values.lang === 'zh' || values.lang === 'en' ? values.lang : undefined,
    url: values.url === undefined ? undefined : new URL(values.url),
    loginPath: values['login-path'],
    verifyFile: values['verify-file'],
    allowTokenRefresh: values['allow-token-refresh'] ?? false,
    allowLegacySoftware: values['allow-legacy-software'] ?? false,
  }
}

/** Returns the options, or a sentence that says which one is wrong. */
function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'env-file': { type: 'string' },
        url: { type: 'string' },
        'login-path': { type: 'string' },
        'verify-file': { type: 'string' },
        'allow-token-refresh': { type: 'boolean' },
        'allow-legacy-software': { type: 'boolean' },
        lang: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function findMistake(values: Exclude<ReturnType<typeof readOptions>, string>): string | undefined {
  const { lang, url } = values
  if (lang !== undefined && lang !== 'zh' && lang !== 'en') return `--lang must be zh or en, got "${lang}"`
  if (url !== undefined && !isWebAddress(url)) return '--url must be an address such as https://m.example.com'
  if (!/^(?:\/[\w.~-]+)+$/.test(values['login-path'] ?? '/auth')) {
    return '--login-path must be a path such as /wechat/auth'
  }
  if (
    !/^(?:[\w.~-]+\/)*(?:MP|WW)_verify_\w{8,64}\.txt$/.test(values['verify-file'] ?? 'MP_verify_12345678.txt')
  ) {
    return '--verify-file must be a name such as MP_verify_Ab12Cd34Ef56Gh78.txt'
  }
  return undefined
}

/** Whether the text is an http(s) address without a password. The message about another does not repeat the text. */
function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password
}
