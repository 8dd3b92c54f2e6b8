// The gateway as a program: `npm run gateway`. Its settings are environment variables; see environment.ts.
import { WechatConfigError } from 'express-wechat'
import { ConfigurationError, readConfiguration } from './configuration.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { avoidBlocking } from './log-stream.ts'

/** If the gateway has not stopped within this time after a signal, the process exits with code 1. */
const EXIT_WITHIN_MS = 5_800

async function start(): Promise<Gateway> {
  try {
    return await startGateway(readConfiguration(process.env))
  } catch (error) {
    const isOperators = error instanceof ConfigurationError || error instanceof WechatConfigError
    if (!isOperators && !isListening(error)) throw error
    const isHost = isListening(error) && error.syscall === 'getaddrinfo'
    console.error(`${isHost ? 'HOST must be an address of this machine: ' : ''}${error.message}`)
    process.exit(1)
  }
}

/** Whether the server could not listen: the port is taken, or HOST is no address of this machine. */
function isListening(error: unknown): error is Error & { syscall: string } {
  return (
    error instanceof Error && 'syscall' in error && /^(?:listen|getaddrinfo)$/.test(String(error.syscall))
  )
}

for (const stream of [process.stdout, process.stderr]) avoidBlocking(stream)
const gateway = await start()
console.info(`The WeChat gateway listens at ${gateway.url}`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    setTimeout(() => process.exit(1), EXIT_WITHIN_MS).unref()
    // Without `exit`, the process would go on while the reader of the log does not accept the last lines.
    void gateway.stop().then(() => process.exit())
  })
}
