import { WechatUnavailableError } from '../../errors/errors.js'

/**
 * Why a call to a token store failed, in words of this package: messages of Redis and of its client can hold addresses,
 * user names, keys and values, so they are not passed on.
 */
export type TokenStoreUnavailableReason =
  /** Redis refuses the script, because it forbids scripts, or is hosted with stricter rules for them. */
  | 'script-refused'
  | 'no-permission'
  | 'authentication'
  | 'read-only'
  | 'out-of-memory'
  | 'busy'
  /** Redis is starting, resynchronizing, or lacks a part of its cluster. */
  | 'not-ready'
  | 'not-persisting'
  /** Data of another program are under a key of this package. */
  | 'wrong-type'
  | 'timeout'
  | 'connection'
  | 'unknown'

/** What each reason means, and what an operator does about it. */
export const STORE_FAILURE_REMEDIES: Readonly<Record<TokenStoreUnavailableReason, string>> = {
  'script-refused':
    'Redis refuses to run the Lua scripts of this package. Allow EVAL and EVALSHA, and check which rules for ' +
    'scripts this Redis has',
  'no-permission':
    'the Redis user lacks a permission. Grant it the keys "*wechat:*" and the commands EVAL, EVALSHA, GET, SET, DEL, ' +
    'INCR, PTTL, PEXPIRE and TIME (ACL SETUSER)',
  authentication: 'Redis rejects the user name or the password. Give the client the right ones',
  'read-only':
    'this Redis is a read-only replica. Connect the client to the primary, or through Sentinel or Cluster',
  'out-of-memory':
    'Redis has reached its memory limit. Raise "maxmemory", or give sessions and tokens a Redis of their own',
  busy: 'a long script blocks Redis. Find the program that runs it; SCRIPT KILL ends the script',
  'not-ready':
    'Redis is loading its data, has lost its primary, or its cluster is incomplete. If this lasts, check the state ' +
    'of replication and of the cluster',
  'not-persisting':
    'Redis cannot save to its disk and therefore refuses writes (MISCONF). Check its disk and its log',
  'wrong-type':
    'a key of this package holds data of another program. Give that program other keys, or this one its own database',
  timeout: 'Redis did not answer in time. Check its load and the network between',
  connection: 'the client has no connection to Redis. The "error" event of the client says why',
  unknown:
    'the store failed for a reason that this package has no word for. Check the log of the store, and the "error" ' +
    'event of its client',
}

/** The reason for each code with which Redis begins an error reply. */
const REASONS_BY_REPLY_CODE: ReadonlyMap<string, TokenStoreUnavailableReason> = new Map([
  ['NOPERM', 'no-permission'],
  ['NOAUTH', 'authentication'],
  ['WRONGPASS', 'authentication'],
  ['DENIED', 'authentication'],
  ['READONLY', 'read-only'],
  ['OOM', 'out-of-memory'],
  ['BUSY', 'busy'],
  ['LOADING', 'not-ready'],
  ['MASTERDOWN', 'not-ready'],
  ['CLUSTERDOWN', 'not-ready'],
  ['TRYAGAIN', 'not-ready'],
  ['NOREPLICAS', 'not-ready'],
  ['MISCONF', 'not-persisting'],
  ['WRONGTYPE', 'wrong-type'],
])

/** Error classes of the `redis` package for a connection that is absent or was lost. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  'ClientClosedError',
  'ClientOfflineError',
  'ConnectionTimeoutError',
  'DisconnectsClientError',
  'ReconnectStrategyError',
  'RootNodesUnavailableError',
  'SocketClosedUnexpectedlyError',
  'SocketTimeoutError',
])

/** A failed call to a token store. It has no cause, since errors of clients hold addresses and values. */
export class StoreUnavailableError extends WechatUnavailableError {
  readonly reason: TokenStoreUnavailableReason

  constructor(reason: TokenStoreUnavailableReason, consequence = '') {
    super(`the token store is unavailable (${reason})${consequence}`, 'token_store_unavailable')
    this.reason = reason
  }
}

/** Returns the reason of a store's error, by its class or its code; `unknown` for any other class and code. */
export function storeFailureReason(error: unknown): TokenStoreUnavailableReason {
  if (error instanceof StoreUnavailableError) return error.reason
  if (!(error instanceof Error)) return 'unknown'
  return REASONS_BY_REPLY_CODE.get(replyCode(error.message)) ?? connectionReason(error) ?? 'unknown'
}

/**
 * Like {@link storeFailureReason}, for the error of a script. The commands in a script fail with codes of their own, so
 * an error with the general code (ERR) means that Redis refuses the script.
 */
export function scriptFailureReason(error: unknown): TokenStoreUnavailableReason {
  const reason = storeFailureReason(error)
  return reason === 'unknown' && error instanceof Error && replyCode(error.message) === 'ERR'
    ? 'script-refused'
    : reason
}

function replyCode(message: string): string {
  // Before version 7, Redis puts `ERR Error running script …: @user_script:12: -` before the error of a command in it.
  const reply = message.replace(/^ERR Error running script .*?: (?:@user_script: ?\d+: )+-?/s, '')
  // Redis accepts at most ten arguments from a client that has not logged in, and scripts have more. So this error
  // means that the client has not logged in.
  if (reply.startsWith('ERR Protocol error: unauthenticated ')) return 'NOAUTH'
  // Only this refusal of a permission comes without the code NOPERM.
  if (/^(?:ERR )?The user executing the script can't /.test(reply)) return 'NOPERM'
  return /^[A-Z]{2,}(?= |$)/.exec(reply)?.[0] ?? (reply === message ? '' : 'ERR')
}

function connectionReason(error: Error): TokenStoreUnavailableReason | undefined {
  const { name } = error.constructor
  if (name === 'TimeoutError') return 'timeout'
  // An error of the operating system, such as ECONNREFUSED or ENOTFOUND, is one of the connection.
  const isOfSystem = 'code' in error && /^E[A-Z]+$/.test(String(error.code))
  return isOfSystem || CONNECTION_ERRORS.has(name) ? 'connection' : undefined
}
