// Builds dist/ from nothing: the library, then the two islands that run in a browser and have their own tsconfig.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
for (const project of ['.', 'src/browser', 'src/simulator/page']) {
  if (!existsSync(`${project}/tsconfig.json`)) continue
  const { status } = spawnSync('tsc', ['-p', project], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
