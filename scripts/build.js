// Builds dist/ from nothing: the library, then the two islands that run in a browser. Those have their own tsconfig
// for the types and become one file each, since a page loads them as they are.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { build } from 'vite'

rmSync('dist', { recursive: true, force: true })
for (const project of ['.', 'src/browser', 'src/simulator/page']) {
  if (!existsSync(`${project}/tsconfig.json`)) continue
  const { status } = spawnSync('tsc', ['-p', project], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

await bundle('src/browser/index.ts', 'dist/browser', 'index.js', 'es')
await bundle('src/simulator/page/main.ts', 'dist/simulator/page', 'bridge.js', 'iife')

async function bundle(entry, outDir, fileName, format) {
  if (!existsSync(entry)) return
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: { entry, formats: [format], name: 'wxsim', fileName: () => fileName },
    },
  })
}
