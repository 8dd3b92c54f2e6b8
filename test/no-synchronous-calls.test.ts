import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/**
 * A synchronous call stops all requests of the process until it returns. This test reads every file that a handler
 * can reach by imports, and lists the calls of Node.js that wait for the disk, a program or the reader of a stream.
 */

const root = fileURLToPath(new URL('..', import.meta.url))

/** What handlers are made of: the package, and the example gateway without its start. */
const ENTRIES = ['src/index.ts', 'examples/gateway/gateway.ts']

const SYNCHRONOUS = [
  // fs.readFileSync, execFileSync, gzipSync, scryptSync, …
  /\b[a-zA-Z]\w*Sync\b/g,
  // Node.js writes to terminals, files and, on Linux, pipes synchronously.
  /\bprocess\.(?:stdout|stderr)\b/g,
  /\bconsole\.\w+/g,
  // It ends in a write to standard error.
  /\bprocess\.emitWarning\b/g,
  /\bAtomics\.wait\b/g,
]

/** Every occurrence that is allowed, with its reason. */
const ALLOWED: Record<string, string> = {
  'src/jssdk/nonce-source.ts: randomFillSync':
    'fills 4 KiB of memory from the random number generator, once for 512 signatures, without I/O',
  'src/errors/warn.ts: process.emitWarning':
    'once per handler for each thing to warn of, or once a minute: no request can repeat it at will',
  'src/http/report-failure.ts: process.emitWarning':
    'once per handler for each kind of failure, and an app can listen to the channel instead',
  'examples/gateway/gateway.ts: process.stderr':
    'the log stream over it drops lines of a stalled reader, and server.ts makes its writes return at once',
}

interface Finding {
  place: string
  line: number
}

/** The files that are reached from the entries, by static and dynamic imports; types cost nothing but are harmless. */
function readReachable(entries: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>()
  const waiting = entries.map(entry => join(root, entry))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (texts.has(file)) continue
    const text = readFileSync(file, 'utf8')
    texts.set(file, text)
    for (const [, specifier = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      const target = resolveSource(file, specifier)
      if (target !== undefined) waiting.push(target)
    }
  }
  return texts
}

/** Undefined for packages, whose code is not ours. */
function resolveSource(file: string, specifier: string): string | undefined {
  if (specifier === 'express-wechat') return join(root, 'src/index.ts')
  if (!specifier.startsWith('.')) return undefined
  const target = resolve(dirname(file), specifier.replace(/\.js$/, '.ts'))
  if (!existsSync(target)) throw new Error(`${relative(root, file)} imports ${specifier}, which is not there`)
  return target
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
    .replace(/^\s*\/\/.*$/gm, '')
}

function findSynchronousCalls(texts: ReadonlyMap<string, string>): Finding[] {
  return [...texts].flatMap(([file, text]) => {
    const code = withoutComments(text)
    return SYNCHRONOUS.flatMap(pattern =>
      [...code.matchAll(pattern)].map(({ 0: call, index }) => ({
        place: `${relative(root, file)}: ${call}`,
        line: code.slice(0, index).split('\n').length,
      })),
    )
  })
}

describe('what a handler can reach', () => {
  const reachable = readReachable(ENTRIES)
  const findings = findSynchronousCalls(reachable)

  it('calls nothing synchronous, other than what is allowed for a reason', () => {
    const refused = findings.filter(({ place }) => ALLOWED[place] === undefined)
    expect(refused).toEqual([])
  })

  it('has no allowed call that is gone', () => {
    const places = new Set(findings.map(({ place }) => place))
    expect(Object.keys(ALLOWED).filter(place => !places.has(place))).toEqual([])
  })

  it('is read whole: handlers, conversions behind a dynamic import, and the gateway', () => {
    const files = [...reachable.keys()].map(file => relative(root, file))
    expect(files).toEqual(
      expect.arrayContaining([
        'src/login/require-wechat-login.ts',
        'src/media/send/send-voice.ts',
        'src/voice/index.ts',
        'src/http/origin/cors.ts',
        'examples/gateway/app.ts',
        'examples/gateway/sessions.ts',
      ]),
    )
  })

  it('is found out in each form', () => {
    const code = `
      import { readFileSync } from 'node:fs'
      // a comment names writeFileSync
      console.log(1); process.stdout.write('x'); process.emitWarning('x')`
    const found = findSynchronousCalls(new Map([[join(root, 'x.ts'), code]]))
    expect(found.map(({ place, line }) => `${place} ${line}`)).toEqual([
      'x.ts: readFileSync 2',
      'x.ts: process.stdout 4',
      'x.ts: console.log 4',
      'x.ts: process.emitWarning 4',
    ])
  })
})
