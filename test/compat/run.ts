// npm run compat: installs the packed tarball beside other versions of what it works with, and uses it there.
// npm run compat -- node express: only these groups. With --write the rows of docs/compatibility.md are replaced.
import { bundlerCells } from './bundler-cells.ts'
import type { Cell } from './cell.ts'
import { packTarball, removeInstallations } from './installation.ts'
import { runtimeCells } from './runtime-cells.ts'
import { typescriptCells } from './typescript-cells.ts'
import { writeRows } from './write-rows.ts'

const parameters = process.argv.slice(2)
const groups = parameters.filter(parameter => !parameter.startsWith('--'))
const isWriting = parameters.includes('--write')
const all: Cell[] = [...runtimeCells, ...typescriptCells, ...bundlerCells]
const cells = all.filter(({ group }) => groups.length === 0 || groups.includes(group))
if (cells.length === 0) throw new Error(`no such group: ${groups.join(', ')}`)

const rows = new Map<Cell, string>()
let failures = 0
try {
  const tarball = packTarball()
  for (const cell of cells) {
    try {
      const ran = await cell.run(tarball)
      rows.set(cell, ran)
      console.info(`ok      ${cell.title}: ${ran}`)
    } catch (error) {
      failures += 1
      console.error(`FAILED  ${cell.title}: ${error instanceof Error ? error.message : error}`)
    }
  }
} finally {
  removeInstallations()
}
console.info(`compat: ${cells.length - failures} of ${cells.length} work`)
if (isWriting && failures === 0) writeRows(rows)
process.exitCode = failures === 0 ? 0 : 1
