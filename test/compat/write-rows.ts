import { readFileSync, writeFileSync } from 'node:fs'
import type { Cell } from './cell.ts'

const DOCUMENT = 'docs/compatibility.md'

/** Replaces the rows of the groups that ran, and leaves the others. */
export function writeRows(rows: ReadonlyMap<Cell, string>): void {
  const today = new Date().toISOString().slice(0, 10)
  let text = readFileSync(DOCUMENT, 'utf8')
  for (const [group, cells] of Map.groupBy(rows, ([{ group }]) => group)) {
    const lines = cells.map(([{ title }, ran]) => `| ${title} | ${ran} | ${today} |`)
    const part = new RegExp(`(<!-- ${group} -->\n)[^]*?(?=<!-- end -->)`)
    if (!part.test(text)) throw new Error(`${DOCUMENT} has no part "${group}"`)
    text = text.replace(
      part,
      (_all, start) => `${start}| what | ran | on |\n| --- | --- | --- |\n${lines.join('\n')}\n`,
    )
  }
  writeFileSync(DOCUMENT, text)
}
