// Builds dist/ from nothing: one bundle of all entries for Node, in which entries share chunks, so that a class of one
// entry is the same class in another; the declarations, one file for each module; and the scripts that run in a browser.
// With --without-types, it leaves the declarations out and checks no types, which is most of its time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { build } from 'vite'

rmSync('dist', { recursive: true, force: true })
const types = process.argv.includes('--without-types') ? undefined : buildTypes()
await bundleForNode()

// Phones download the browser module, so it is minified. The simulator's bridge is for developers, who may read it.
await bundleForBrowser({
  entry: 'src/browser/index.ts',
  file: 'dist/browser/index.js',
  format: 'es',
  minify: true,
})
await bundleForBrowser({
  entry: 'src/simulator/bridge/main.ts',
  file: 'dist/simulator/bridge/bridge.js',
  format: 'iife',
  // Names are not shortened, so that the bridge can be read in the browser's tools.
  minify: { compress: false, mangle: false },
})
// The styles of the dashboard have only those parts of weui that it uses.
await bundleForBrowser({
  entry: 'src/simulator/dashboard/main.tsx',
  file: 'dist/simulator/dashboard/dashboard.js',
  format: 'es',
  minify: true,
})
await bundleForBrowser({
  entry: 'src/simulator/dashboard/data/events-worker.ts',
  file: 'dist/simulator/dashboard/events-worker.js',
  format: 'iife',
  minify: true,
})
await types

/**
 * Bundles the entries for Node. All files are in dist/ itself, so that a path relative to `import.meta.url` is right in
 * whichever chunk a module ends up.
 */
async function bundleForNode() {
  const bundle = await rolldown({
    input: {
      index: 'src/index.ts',
      simulator: 'src/simulator/index.ts',
      testing: 'src/testing/index.ts',
      cli: 'src/cli/express-wechat.ts',
      // No module imports these two: one is a worker thread, and the CLI names the other in a command's NODE_OPTIONS.
      'voice-worker': 'src/voice/engines/javascript-worker.ts',
      'simulator-preload': 'src/simulator/intercept/preload.ts',
    },
    platform: 'node',
    // Packages stay imports, except the helpers that the bundler itself inserts, and three packages. The entry of zod loads
    // a file for each of its 50 languages, which took a third of the processor time of importing this package. Of qr,
    // one pure function is needed, the encoder. parse-xml reads the messages of accounts that receive them as XML.
    external: /^(?!@oxc-project\/runtime|@rgrove\/parse-xml$|zod$|qr$)[^./\0]/,
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  })
  await bundle.write({
    dir: 'dist',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    keepNames: true,
    // Editors show the docstrings of the declarations. The code needs none, and would carry them into each installation.
    comments: { jsdoc: false },
  })
  await bundle.close()
  copyFileSync('node_modules/zod/LICENSE', 'dist/zod.LICENSE')
  copyFileSync('node_modules/qr/LICENSE-MIT', 'dist/qr.LICENSE')
  copyFileSync('node_modules/@rgrove/parse-xml/LICENSE', 'dist/parse-xml.LICENSE')
}

/** Runs the compilers of all projects at the same time, which takes a fifth less time on two cores than one by one. */
async function buildTypes() {
  const projects = ['.', 'src/browser', 'src/simulator/bridge', 'src/simulator/dashboard']
  await Promise.all(projects.map(compileTypes))
  pruneTypes(['index.d.ts', 'simulator/index.d.ts', 'testing/index.d.ts'])
}

/** Checks the types of a project, and writes its declarations if it publishes any. */
async function compileTypes(project) {
  const compiler = spawn('tsc', ['-p', project], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  const [status] = await once(compiler, 'exit')
  if (status !== 0) process.exit(status ?? 1)
}

/** Deletes the declarations that no entry imports, directly or through others, because editors never read them. */
function pruneTypes(entries) {
  const reached = new Set()
  const queue = entries.map(entry => resolve('dist/types', entry))
  for (const file of queue) {
    if (reached.has(file)) continue
    reached.add(file)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import\()['"](\.[^'"]+)\.js['"]/g,
    )) {
      queue.push(resolve(dirname(file), `${specifier}.d.ts`))
    }
  }
  for (const path of readdirSync('dist/types', { recursive: true })) {
    const file = resolve('dist/types', path)
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
  }
}

async function bundleForBrowser({ entry, file, format, minify }) {
  const slash = file.lastIndexOf('/')
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: file.slice(0, slash),
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry, formats: [format], name: 'wxsim', ...fileNames(file.slice(slash + 1)) },
      // Vite's own `minify` leaves the white space of ES modules, so `rolldownOptions` minifies.
      minify: false,
      cssMinify: true,
      rolldownOptions: { output: { minify } },
    },
  })
}

function fileNames(script) {
  return { fileName: () => script, cssFileName: script.replace(/\.js$/, '') }
}
