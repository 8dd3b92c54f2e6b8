import { debuglog } from 'node:util'
import { WechatApiError, WechatError } from '../errors/errors.js'

const log = debuglog('express-wechat')

/** Whether the process was started with `NODE_DEBUG=express-wechat`. Debug lines are written only if it was. */
export const isDebugging = log.enabled

/**
 * Runs one step and writes one line to stderr about it: what it was, how it ended, and how many milliseconds it took.
 * Without `NODE_DEBUG` it only runs the step.
 *
 * A line holds words of this package, methods, paths and numbers. It holds no query string, and no text of WeChat or of
 * an exception, because those can repeat a secret.
 */
export async function traceStep<Result>(
  describeStep: () => string,
  run: () => Promise<Result>,
  describeResult: (result: Result) => string = () => 'ok',
): Promise<Result> {
  if (!isDebugging) return run()
  const startedAt = performance.now()
  try {
    const result = await run()
    writeStep(describeStep(), describeResult(result), startedAt)
    return result
  } catch (error) {
    writeStep(describeStep(), describeError(error), startedAt)
    throw error
  }
}

/**
 * Writes one debug line: the step, its outcome and its duration in milliseconds.
 * @param startedAt when the step began, on the clock of `performance.now()`
 */
export function writeStep(step: string, outcome: string, startedAt: number): void {
  log('%s: %s, %d ms', step, outcome, Math.round(performance.now() - startedAt))
}

/** Describes an error by its code, and by WeChat's `errcode` or the store's reason if it has one. */
export function describeError(error: unknown): string {
  if (error instanceof WechatApiError) return `${error.code}, errcode ${error.errcode}`
  if (!(error instanceof WechatError)) {
    return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'an error of another package'
  }
  const reason = 'reason' in error ? `, ${toWord(error.reason)}` : ''
  return `${toWord(error.code)}${reason}`
}

/**
 * Returns a code or a reason for a debug line: `unknown` if it is no short word, since the errors and the store of an
 * app can have any text there.
 */
function toWord(value: unknown): string {
  return typeof value === 'string' && /^[\w-]{1,40}$/.test(value) ? value : 'unknown'
}
