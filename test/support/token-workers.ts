import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { WorkerSettings } from './token-worker.ts'
import { until } from './until.ts'

export interface TokenWorker {
  readonly index: number
  /** Whether the process was stopped or killed. Calls that it does not answer meanwhile are not failures. */
  isAway: boolean
  configure(settings: WorkerSettings): Promise<void>
  /** Asks for tokens and tickets with this number of callers at once. Resolves to the values that they got. */
  cold(callers: number): Promise<string[]>
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  readonly url: string
}

export interface TokenWorkers {
  readonly list: TokenWorker[]
  configure(settings: (index: number) => WorkerSettings): Promise<void>
  /** Starts a new process that replaces a killed one. */
  replace(worker: TokenWorker, settings: WorkerSettings): Promise<void>
  close(): Promise<void>
}

const program = fileURLToPath(new URL('./token-worker.ts', import.meta.url))

/** Starts real processes, each of them an app that uses the built package. */
export async function startTokenWorkers(count: number): Promise<TokenWorkers> {
  if (!existsSync(new URL('../../dist/index.js', import.meta.url))) {
    throw new Error('processes under test run the built package: npm run build')
  }
  const children: (ChildProcess | undefined)[] = []

  async function start(index: number): Promise<TokenWorker> {
    const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    children[index] = child
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message: { port: number }) => resolve(message.port))
      child.once('exit', code => reject(new Error(`a worker ended with ${code}`)))
    })
    const url = `http://127.0.0.1:${port}`
    const post = async (path: string, body?: unknown) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) })
      const answer = (await response.json()) as Record<string, unknown>
      if (response.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`)
      return answer
    }
    const worker: TokenWorker = {
      index,
      url,
      isAway: false,
      configure: async settings => void (await post('/configure', settings)),
      cold: async callers => (await post(`/cold?callers=${callers}`)).values as string[],
      signal(signal) {
        worker.isAway = signal !== 'SIGCONT'
        child.kill(signal)
      },
    }
    return worker
  }

  const list = await Promise.all(Array.from({ length: count }, (_, index) => start(index)))
  return {
    list,
    async configure(settings) {
      await Promise.all(list.map(worker => worker.configure(settings(worker.index))))
    },
    async replace(worker, settings) {
      const started = await start(worker.index)
      await started.configure(settings)
      list[worker.index] = started
    },
    async close() {
      await Promise.all(
        children.map(async child => {
          if (!child || child.exitCode !== null || child.signalCode !== null) return
          const gone = new Promise(done => child.once('exit', done))
          child.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}

export interface Answered {
  what: 'call' | 'jssdk'
  phase: string
  worker: number
  ok: boolean
  /** The status and code of a failure. */
  failure: string | undefined
  ms: number
  atMs: number
}

export interface Load {
  readonly answers: Answered[]
  /** The phase of the load. An answer belongs to the phase in which its call began. */
  phase: string
  /** Waits until each process that is not away has answered this many requests, counted from now on. */
  untilAnswered(count: number): Promise<void>
  stop(): Promise<Answered[]>
}

/** Starts a constant load: every `everyMs` milliseconds, each worker makes a call to WeChat and a signature. */
export function startLoad(workers: TokenWorkers, { everyMs = 100, phase = 'steady' } = {}): Load {
  const answers: Answered[] = []
  const open = new Set<Promise<void>>()

  async function ask(worker: TokenWorker, what: Answered['what']): Promise<void> {
    const startedAt = performance.now()
    const asked = { what, phase: load.phase, worker: worker.index, atMs: startedAt }
    let failure: string | undefined
    try {
      const response = await fetch(
        `${worker.url}/${what}`,
        what === 'jssdk' ? { method: 'POST', body: '{"url":"https://m.example.com/"}' } : {},
      )
      const body = (await response.json()) as { code?: string }
      if (response.status !== 200) failure = `${response.status} ${body.code}`
    } catch (error) {
      failure = `no answer (${error instanceof Error ? error.message : error})`
    }
    // A call that a stopped or killed process did not answer does not count.
    if (failure?.startsWith('no answer') && worker.isAway) return
    answers.push({ ...asked, ok: failure === undefined, failure, ms: performance.now() - startedAt })
  }

  let tick = 0
  const timer = setInterval(() => {
    tick += 1
    for (const worker of workers.list) {
      if (worker.isAway) continue
      const asking = ask(worker, (tick + worker.index) % 2 === 0 ? 'call' : 'jssdk')
      open.add(asking)
      void asking.finally(() => open.delete(asking))
    }
  }, everyMs)

  const load: Load = {
    answers,
    phase,
    async untilAnswered(count) {
      const first = answers.length
      await until(`${count} answers of each process`, () => {
        const answered = answers.slice(first)
        return workers.list.every(
          ({ index, isAway }) => isAway || answered.filter(({ worker }) => worker === index).length >= count,
        )
      })
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      return answers
    },
  }
  return load
}

/** Lists each kind of failure once. */
export function failuresOf(answers: Answered[]): string[] {
  const kinds = answers.flatMap(({ failure, phase, what }) =>
    failure === undefined ? [] : [`${phase}: ${what}: ${failure}`],
  )
  return [...new Set(kinds)]
}
