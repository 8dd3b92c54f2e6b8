import { PROXY_FAILURE } from '../network/proxy-agent.js'

export type RequestPhase = 'lookup' | 'connect' | 'secureConnect' | 'request'

export interface TransportErrorDetails {
  /** The phase of the request that exceeded its time limit; undefined for another failure. */
  phase?: RequestPhase | undefined
  /** Whether WeChat reset a kept connection before it sent a byte of its answer. */
  isKeptConnectionLost?: boolean
}

/**
 * The error of a request that got no complete answer. It holds a code and a phase, never the error of the HTTP client,
 * whose properties lead to the request and so to the secrets in its URL.
 */
export class TransportError extends Error {
  readonly code: string
  readonly phase: RequestPhase | undefined
  readonly isKeptConnectionLost: boolean

  constructor(code: string, { phase, isKeptConnectionLost = false }: TransportErrorDetails = {}) {
    super(`no answer (${code})`)
    this.code = code
    this.phase = phase
    this.isKeptConnectionLost = isKeptConnectionLost
  }
}

/** The error if the source of a body failed. The source is the caller's, so the caller gets `reason` unchanged. */
export class BodyError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('the source of the body failed')
    this.reason = reason
  }
}

const CONNECT_PHASES: readonly unknown[] = ['lookup', 'connect', 'secureConnect']
const CONNECT_FAILURES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** Whether an error means that no byte of the request can have reached WeChat. */
export function wasNeverSent(error: unknown): boolean {
  if (error instanceof TransportError && error.phase) return CONNECT_PHASES.includes(error.phase)
  return isConnectFailure(readErrorCode(error))
}

/** Whether a code means that no connection was made, neither to the host nor through a proxy. */
export function isConnectFailure(code: string): boolean {
  return CONNECT_FAILURES.includes(code) || code.startsWith(PROXY_FAILURE)
}

export function readErrorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'unknown'
}
