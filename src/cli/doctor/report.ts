import type { CheckResult } from './outcome.js'
import type { DoctorListener, DoctorReport } from './run-doctor.js'
import type { Texts } from './texts/en.js'
import type { Language } from './texts/texts.js'

/** Where the report is written. */
export interface Output {
  write(text: string): void
  /** Shows what is being checked, in place of the text before; an empty text clears the line. */
  progress(text: string): void
}

const MARKS = { ok: '✓', warning: '!', fault: '✗', skipped: '–' } as const

/** Prints each result as soon as its check has ended, and the skipped checks at the end. */
export function createHumanReport(
  texts: Texts,
  output: Output,
): DoctorListener & { finish(report: DoctorReport): void } {
  return {
    onStart: id => output.progress(`  … ${texts.reading} ${texts.labels[id]}`),
    onResult(result) {
      output.progress('')
      if (result.state !== 'skipped') output.write(describeResult(texts, result))
    },
    finish({ checks, isHealthy, wechatCalls }) {
      const lines = describeSkipped(texts, checks)
      if (lines !== '') output.write(`\n${texts.notChecked}\n${lines}`)
      const count = (wanted: string) => checks.filter(({ state }) => state === wanted).length
      const isWell = isHealthy && count('warning') === 0
      output.write(`\n${isWell ? texts.allWell : texts.summary(count('fault'), count('warning'))}\n`)
      output.write(`${texts.calls(wechatCalls)}\n`)
    },
  }
}

function describeResult(texts: Texts, { id, state, text, remedy }: CheckResult): string {
  const word = state === 'ok' ? '' : texts.stateWords[state]
  const line = `${MARKS[state]} ${texts.line(texts.labels[id], word, text)}\n`
  return remedy === undefined ? line : `${line}    ${texts.remedy} ${remedy}\n`
}

/** Returns one line for all checks that were skipped for the same reason. */
function describeSkipped(texts: Texts, checks: readonly CheckResult[]): string {
  const groups = Map.groupBy(
    checks.filter(({ state }) => state === 'skipped'),
    ({ text }) => text,
  )
  return [...groups]
    .map(([text, group]) => {
      const labels = texts.list(group.map(({ id }) => texts.labels[id]))
      return `  ${MARKS.skipped} ${texts.line(labels, '', text)}\n`
    })
    .join('')
}

/** Returns the output of `--json`. A later version may change its texts, but not its keys, check ids and states. */
export function toJson({ appId, isHealthy, wechatCalls, checks }: DoctorReport, lang: Language): string {
  return JSON.stringify(
    { version: 1, lang, appId: appId ?? null, healthy: isHealthy, wechatCalls, checks },
    null,
    2,
  )
}
