// Writes docs/errors.md from the three tables of src/errors. `--check` writes nothing, and fails if the file differs.
import { readFileSync, writeFileSync } from 'node:fs'
import { renderErrorDocs } from './error-docs/render.ts'

const file = new URL('../docs/errors.md', import.meta.url)
const text = renderErrorDocs()

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('docs/errors.md is not what src/errors says: run npm run error-docs')
    process.exit(1)
  }
} else {
  writeFileSync(file, text)
}
