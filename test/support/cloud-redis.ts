import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { cloudScriptError } from './cloud-script-rule.ts'
import { startRedis } from './redis-server.ts'

export interface CloudRedis {
  readonly url: string
  /** How many commands were refused because of their script. */
  refusals(): number
  close(): Promise<void>
}

const REFUSAL =
  'ERR bad lua script for redis cluster, all the keys that the script uses should be passed using the KEYS array'
const NO_KEY = "ERR for redis cluster, eval/evalsha number of keys can't be negative or zero"

/**
 * Starts a real Redis behind a proxy that has the script rules of Alibaba Cloud's clustered Redis: the proxy reads each
 * script, and passes on only those that name every key literally as `KEYS[n]`.
 *
 * @see https://help.aliyun.com/document_detail/92942.html Lua脚本规范与常见报错
 */
export async function startCloudRedis(): Promise<CloudRedis> {
  const server = await startRedis()
  const sockets = new Set<Socket>()
  let refusals = 0

  /** Replaces a refused command by one whose reply is the refusal, so that replies keep their order. */
  function judge(command: string[]): string[] {
    const error = commandError(command)
    if (!error) return command
    refusals += 1
    return ['EVAL', 'return redis.error_reply(ARGV[1])', '0', error]
  }

  const proxy = createServer(client => {
    const upstream = connect(server.port, '127.0.0.1')
    let unread: Buffer = Buffer.alloc(0)
    client.on('data', chunk => {
      const { commands, rest } = readCommands(Buffer.concat([unread, chunk]))
      unread = rest
      for (const command of commands) upstream.write(writeCommand(judge(command)))
    })
    upstream.pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
  const { port } = proxy.address() as AddressInfo

  return {
    url: `redis://127.0.0.1:${port}`,
    refusals: () => refusals,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => proxy.close(done))
      await server.close()
    },
  }
}

function commandError([name = '', script = '', keyCount = '', ...others]: string[]): string | undefined {
  const command = name.toUpperCase()
  if (command === 'SCRIPT' && script.toUpperCase() === 'LOAD') return cloudScriptError(keyCount) && REFUSAL
  if (command !== 'EVAL' && command !== 'EVALSHA') return undefined
  if (!(Number(keyCount) >= 1) || others.length === 0) return NO_KEY
  // A script that was refused never reaches Redis, which therefore answers NOSCRIPT to its EVALSHA.
  return command === 'EVAL' && cloudScriptError(script) ? REFUSAL : undefined
}

/** Reads whole commands. `GET k` is the lines `*2`, `$3`, `GET`, `$1` and `k`, each of which ends with CRLF. */
function readCommands(bytes: Buffer): { commands: string[][]; rest: Buffer } {
  const commands: string[][] = []
  let from = 0
  for (;;) {
    const command = readCommand(bytes, from)
    if (!command) return { commands, rest: bytes.subarray(from) }
    commands.push(command.parts)
    from = command.end
  }
}

function readCommand(bytes: Buffer, from: number): { parts: string[]; end: number } | undefined {
  const header = readNumber(bytes, from, '*')
  if (!header) return undefined
  const parts: string[] = []
  let at = header.end
  while (parts.length < header.value) {
    const length = readNumber(bytes, at, '$')
    if (!length || bytes.length < length.end + length.value + 2) return undefined
    parts.push(bytes.toString('latin1', length.end, length.end + length.value))
    at = length.end + length.value + 2
  }
  return { parts, end: at }
}

function readNumber(bytes: Buffer, from: number, sign: string): { value: number; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', from)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('latin1', from, lineEnd)
  if (!line.startsWith(sign)) throw new Error('the client sends something else than commands')
  return { value: Number(line.slice(1)), end: lineEnd + 2 }
}

function writeCommand(parts: string[]): Buffer {
  const text = parts.map(part => `$${part.length}\r\n${part}\r\n`).join('')
  return Buffer.from(`*${parts.length}\r\n${text}`, 'latin1')
}
