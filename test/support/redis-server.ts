import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { findService } from '../../scripts/services.js'
import { freePort } from './listen.ts'
import { until } from './until.ts'

/** The path of redis-server; undefined if this machine has none. */
export const redisProgram = findService('Redis')

/** The path of valkey-server; undefined if this machine has none. */
export const valkeyProgram = findService('Valkey')

if (!redisProgram) {
  console.warn(
    'SKIPPED: the suites over Redis need redis-server (Debian: redis-server), or its path in REDIS_SERVER',
  )
}

/** Its duplicates share one class, whereas createClient() builds one for each new address, in about 15 ms. */
const anyClient = createClient()

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Stops the process, so that it accepts connections and answers nothing. */
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** Starts the server again on the same port, without any data. */
  start(): Promise<void>
  /** Ends the server and deletes its files. */
  close(): Promise<void>
}

/** Starts a real redis-server that keeps nothing on disk. `lines` are added to its configuration file. */
export async function startRedis(
  lines: string[] = [],
  more: { port?: number; isSentinel?: boolean; program?: string | undefined } = {},
): Promise<RedisServer> {
  const found = more.program ?? redisProgram
  if (!found) throw new Error('no redis-server')
  const program = found
  const port = more.port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'express-wechat-redis-'))
  const configuration = join(folder, 'redis.conf')
  writeFileSync(
    configuration,
    [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${folder}`,
      ...(more.isSentinel ? [] : ['save ""', 'appendonly no']),
      ...lines,
    ]
      .map(line => `${line}\n`)
      .join(''),
  )
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const started = spawn(program, [configuration, ...(more.isSentinel ? ['--sentinel'] : [])], {
      stdio: 'ignore',
    })
    child = started
    await untilItAnswers(port)
  }

  async function kill(): Promise<void> {
    const dying = child
    child = undefined
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return
    const gone = new Promise(done => dying.once('exit', done))
    dying.kill('SIGKILL')
    await gone
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill,
    start,
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(port: number): Promise<void> {
  const giveUpAt = performance.now() + 20_000
  for (;;) {
    const client = anyClient.duplicate({
      url: `redis://127.0.0.1:${port}`,
      socket: { reconnectStrategy: false },
    })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      client.destroy()
      return
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
      await new Promise(done => setTimeout(done, 50))
    }
  }
}

/** Runs one Redis command on the server at this port. */
export async function redisCommand(port: number, ...command: string[]): Promise<unknown> {
  const client = anyClient.duplicate({ url: `redis://127.0.0.1:${port}` })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}

const SLOTS = 16_384

/** Starts a cluster of masters without replicas, each with an equal share of the slots. */
export async function startRedisCluster(masters = 3): Promise<{ ports: number[]; close(): Promise<void> }> {
  const servers = await Promise.all(
    Array.from({ length: masters }, async () => {
      const port = await freePort()
      // Without this line, the port of the cluster bus would be 10,000 higher, which may be above 65,535.
      return startRedis(
        ['cluster-enabled yes', `cluster-port ${await freePort()}`, 'cluster-config-file nodes.conf'],
        { port },
      )
    }),
  )
  const ports = servers.map(server => server.port)
  const [first] = ports
  for (const [index, port] of ports.entries()) {
    const from = Math.floor((SLOTS * index) / masters)
    const to = Math.floor((SLOTS * (index + 1)) / masters) - 1
    await redisCommand(port, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
  }
  const busPorts = await Promise.all(
    ports.map(
      async port => /:\d+@(\d+)/.exec(String(await redisCommand(port, 'CLUSTER', 'NODES')))?.[1] ?? '',
    ),
  )
  for (const [index, port] of ports.entries()) {
    if (port === first) continue
    await redisCommand(first ?? 0, 'CLUSTER', 'MEET', '127.0.0.1', String(port), busPorts[index] ?? '')
  }
  const isReady = async (port: number) => {
    const info = String(await redisCommand(port, 'CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`)
  }
  await until('the cluster is ready', async () => (await Promise.all(ports.map(isReady))).every(Boolean))
  return {
    ports,
    async close() {
      await Promise.all(servers.map(server => server.close()))
    },
  }
}

export interface RedisSentinelPair {
  readonly name: string
  readonly sentinelPorts: number[]
  readonly master: RedisServer
  close(): Promise<void>
}

/** Starts a master, its replica, and a sentinel that watches both. */
export async function startRedisSentinelPair(): Promise<RedisSentinelPair> {
  const name = 'tokens'
  const master = await startRedis(['repl-diskless-sync-delay 0'])
  const replica = await startRedis([`replicaof 127.0.0.1 ${master.port}`])
  const sentinel = await startRedis(
    [
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${name} 1000`,
      `sentinel failover-timeout ${name} 5000`,
    ],
    { isSentinel: true },
  )
  await until('the replica follows', async () =>
    String(await redisCommand(replica.port, 'INFO', 'replication')).includes('master_link_status:up'),
  )
  await until('the sentinel knows it', async () =>
    String(await redisCommand(sentinel.port, 'INFO', 'sentinel')).includes('slaves=1'),
  )
  return {
    name,
    sentinelPorts: [sentinel.port],
    master,
    async close() {
      await Promise.all([sentinel, replica, master].map(server => server.close()))
    },
  }
}
