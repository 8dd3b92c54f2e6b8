import { readFileSync } from 'node:fs'

export interface Sample {
  /** Which document, and the line it begins at, so that a failure is found. */
  name: string
  language: string
  /** What stands behind the language in the fence: `file=…`, `browser`. */
  labels: readonly string[]
  code: string
}

/** The code blocks of a Markdown document. */
export function readSamples(document: string): Sample[] {
  const samples: Sample[] = []
  let open: { line: number; info: string; code: string[] } | undefined
  for (const [index, text] of readFileSync(document, 'utf8').split('\n').entries()) {
    const fence = /^```(.*)$/.exec(text)
    if (!fence) {
      open?.code.push(text)
    } else if (!open) {
      open = { line: index + 1, info: fence[1] ?? '', code: [] }
    } else {
      const [language = '', ...labels] = open.info.split(' ')
      samples.push({ name: `${document}:${open.line}`, language, labels, code: `${open.code.join('\n')}\n` })
      open = undefined
    }
  }
  return samples
}
