import { readFileSync, writeFileSync } from 'node:fs'
import { type Cell, describeRun } from './cell.ts'
import { type Installation, install } from './installation.ts'

interface Compiler {
  typescript: string
  types: string[]
  /** Each value of `skipLibCheck` that works. */
  skipLibCheck: boolean[]
}

const COMPILERS: Compiler[] = [
  // The declarations of zod and of Node need a newer compiler.
  { typescript: '5.0', types: ['@types/express@5', '@types/node@22'], skipLibCheck: [true] },
  { typescript: '5.4', types: ['@types/express@5', '@types/node@22'], skipLibCheck: [true, false] },
  { typescript: '5.9', types: ['@types/express@4.17.21', '@types/node@22'], skipLibCheck: [true, false] },
  { typescript: '6', types: ['@types/express@5', '@types/node@24'], skipLibCheck: [true, false] },
  { typescript: '7', types: ['@types/express@5', '@types/node@24'], skipLibCheck: [true, false] },
]
const RESOLUTIONS = [
  { title: '`nodenext`', options: { module: 'nodenext' } },
  { title: '`bundler`', options: { module: 'esnext', moduleResolution: 'bundler' } },
]

export const typescriptCells: Cell[] = COMPILERS.flatMap(compiler =>
  RESOLUTIONS.map<Cell>(({ title, options }) => ({
    group: 'typescript',
    title: `TypeScript ${compiler.typescript}, ${title}, \`skipLibCheck\`: ${compiler.skipLibCheck.join(' and ')}`,
    run(tarball) {
      const project = installCompiler(tarball, compiler)
      for (const skipLibCheck of compiler.skipLibCheck) compile(project, { ...options, skipLibCheck })
      const versions = ['typescript', '@types/express', '@types/node'].map(name => readVersion(project, name))
      return `${versions.join(', ')}, ${describeRun(project.run(process.execPath, ['run.mjs', './built/app.js']))}`
    },
  })),
)

const installed = new Map<Compiler, Installation>()

function installCompiler(tarball: string, compiler: Compiler): Installation {
  const { typescript, types } = compiler
  const project =
    installed.get(compiler) ??
    install([tarball, 'express@5', 'express-session@1', `typescript@${typescript}`, ...types])
  installed.set(compiler, project)
  return project
}

function compile(project: Installation, options: Record<string, unknown>): void {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    strict: true,
    rootDir: '.',
    outDir: 'built',
    ...options,
  }
  writeFileSync(
    project.path('tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['app.ts', 'page.ts'] }),
  )
  project.run('npx', ['tsc', '-p', '.'])
}

function readVersion(project: Installation, name: string): string {
  const manifest = readFileSync(project.path(`node_modules/${name}/package.json`), 'utf8')
  return `${name} ${JSON.parse(manifest).version}`
}
