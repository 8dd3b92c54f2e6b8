import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { parseCommandLine, usage } from './command-line.js'
import { createHumanReport, type Output, toJson } from './report.js'
import { runDoctor } from './run-doctor.js'
import { getTexts, readLanguage } from './texts/texts.js'

export interface DoctorProcess {
  environment: NodeJS.ProcessEnv
  output: Output
  /** Writes the message about a mistake on the command line. */
  complain(text: string): void
  /** The wall clock. @default Date.now */
  now?: (() => number) | undefined
}

/**
 * `express-wechat doctor`: checks the configuration in the environment. Sets `process.exitCode`: 0 if all is well, 1 if a
 * fault was found, 2 for a mistake on the command line.
 */
export async function runDoctorCommand(args: readonly string[]): Promise<void> {
  const { stderr } = process
  process.exitCode = await doctorCommand(args, {
    environment: process.env,
    complain: text => console.error(text),
    output: {
      write: text => void process.stdout.write(text),
      // Progress is shown on a terminal only, so that a log file gets the results alone.
      progress: text => void (stderr.isTTY && stderr.write(`\r\u001b[K${text}`)),
    },
  })
}

/** Like {@link runDoctorCommand}, for any environment and output. Returns the exit code. */
export async function doctorCommand(
  args: readonly string[],
  { environment, output, complain, now }: DoctorProcess,
): Promise<0 | 1 | 2> {
  const line = parseCommandLine(args)
  if (line.kind === 'help') {
    output.write(usage)
    return 0
  }
  if (line.kind === 'mistake') {
    complain(`express-wechat doctor: ${line.message}\n\n${usage}`)
    return 2
  }
  const variables = await readVariables(line.envFile, environment)
  if (!variables) {
    complain(`express-wechat doctor: --env-file can not be read: ${line.envFile}`)
    return 2
  }

  const lang = line.lang ?? readLanguage(variables)
  const texts = getTexts(lang)
  const report = createHumanReport(texts, line.json ? { ...output, write: () => {} } : output)
  const result = await runDoctor({ environment: variables, options: line, texts, now }, report)
  if (line.json) output.write(`${toJson(result, lang)}\n`)
  else report.finish(result)
  return result.isHealthy ? 0 : 1
}

/** Adds the file's variables to the environment's, which win as with Node's `--env-file`. Undefined if it can't be read. */
async function readVariables(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv | undefined> {
  if (file === undefined) return environment
  try {
    return { ...parseEnv(await readFile(file, 'utf8')), ...environment }
  } catch {
    return undefined
  }
}
