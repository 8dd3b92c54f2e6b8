import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { listen } from '../../../support/listen.ts'
import { type RedisServer, startRedis } from '../../../support/redis-server.ts'
import type { ScanWorkerSettings } from './scan-worker.ts'

/** Two processes over one Redis, behind one address that gives each request to the other one. */
export interface ScanRig {
  wechat: RunningSimulator
  redis: RedisServer
  /** The address that browsers know. */
  origin: string
  /** The addresses of the processes. */
  workers: string[]
  close(): Promise<void>
}

const program = fileURLToPath(new URL('./scan-worker.ts', import.meta.url))

export async function startScanRig(): Promise<ScanRig> {
  if (!existsSync(new URL('../../../../dist/index.js', import.meta.url))) {
    throw new Error('processes under test run the built package: npm run build')
  }
  const [wechat, redis] = await Promise.all([startSimulator(), startRedis()])
  const workers: string[] = []
  let turn = 0
  const proxy = await listen((req, res) => {
    turn += 1
    const target = new URL(req.url ?? '/', workers[turn % workers.length])
    const passed = request(target, { method: req.method, headers: req.headers, agent: false }, answer => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    passed.on('error', () => res.destroy())
    res.on('close', () => passed.destroy())
    req.pipe(passed)
  })
  const { origin } = proxy
  const settings: ScanWorkerSettings = {
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    wechatUrl: wechat.url,
    redisUrl: redis.url,
    publicUrl: `${origin}/wechat`,
  }
  const children = [startChild(), startChild()]
  workers.push(...(await Promise.all(children.map(child => configure(child, settings)))))
  return {
    wechat,
    redis,
    origin,
    workers,
    async close() {
      await proxy.close()
      await Promise.all(children.map(end))
      await Promise.all([wechat.close(), redis.close()])
    },
  }
}

function startChild(): ChildProcess {
  return fork(program, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function configure(child: ChildProcess, settings: ScanWorkerSettings): Promise<string> {
  child.send(settings)
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port))
    child.once('exit', code => reject(new Error(`a process ended with ${code}`)))
  })
  return `http://127.0.0.1:${port}`
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(done => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}
