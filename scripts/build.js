// Builds dist/ from nothing: the library, then the islands that run in a browser. Those have their own tsconfig
// for the types and become one file each, since a page loads them as they are.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { build } from 'vite'

rmSync('dist', { recursive: true, force: true })
for (const project of ['.', 'src/browser', 'src/simulator/bridge', 'src/simulator/dashboard']) {
  if (!existsSync(`${project}/tsconfig.json`)) continue
  const { status } = spawnSync('tsc', ['-p', project], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

// A phone downloads the first one; the second is for developers, who may want to read it.
await bundle({ entry: 'src/browser/index.ts', file: 'dist/browser/index.js', format: 'es', minify: true })
await bundle({
  entry: 'src/simulator/bridge/main.ts',
  file: 'dist/simulator/bridge/bridge.js',
  format: 'iife',
  minify: false,
})
// Their styles hold those parts of weui that they use.
for (const page of ['dashboard', 'phone']) {
  await bundle({
    entry: `src/simulator/dashboard/${page}.ts`,
    file: `dist/simulator/dashboard/${page}.js`,
    format: 'es',
    minify: false,
  })
}

async function bundle({ entry, file, format, minify }) {
  const slash = file.lastIndexOf('/')
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: file.slice(0, slash),
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: minify,
      lib: { entry, formats: [format], name: 'wxsim', ...fileNames(file.slice(slash + 1)) },
      // Vite's own `minify` leaves the white space of ES modules.
      minify: false,
      rolldownOptions: { output: { minify } },
    },
  })
}

function fileNames(script) {
  return { fileName: () => script, cssFileName: script.replace(/\.js$/, '') }
}
