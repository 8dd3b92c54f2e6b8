import type { Response } from 'express'
import { warn } from '../errors/warn.js'
import { sendText } from './send-text.js'

export type RefusalReason =
  | 'signature'
  | 'timestamp'
  | 'key'
  | 'app-id'
  | 'unencrypted'
  | 'encrypted'
  | 'consumed'
  | 'malformed'
  | 'size'

/**
 * Why a push does not reach a handler. The reason stays on this server: the sender gets one body for all reasons, with
 * status 413 for a body that is too large, else 403.
 */
export class PushRefusal extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason) {
    super(reason)
    this.reason = reason
  }
}

/** What a developer can do, by reason. `malformed` and `size` have no remedy: WeChat does not send such requests. */
const REMEDIES: Readonly<Partial<Record<RefusalReason, string>>> = {
  signature:
    'its signature is wrong. If WeChat sent it, "token" (WECHAT_PUSH_TOKEN) is not the Token of WeChat\'s console',
  timestamp:
    "its timestamp is more than 10 minutes off. If WeChat sent it just now, this server's clock is wrong: synchronize it by NTP",
  key: 'no "encodingAesKey" (WECHAT_PUSH_AES_KEY) decrypts it. Enter the EncodingAESKey of WeChat\'s console',
  'app-id': "it is for another account. Check the token manager's app id, and which account has this URL",
  unencrypted:
    'it is not encrypted. Choose the secure mode in WeChat\'s console, or leave "encodingAesKey" (WECHAT_PUSH_AES_KEY) out',
  encrypted: 'it is encrypted, and there is no "encodingAesKey" (WECHAT_PUSH_AES_KEY)',
  consumed:
    'a middleware in front has read its body and left nothing of it. Mount the handler before that middleware',
}

/** One body for all refusals, so that it tells nothing about what was wrong. */
const BODY = JSON.stringify({ status: 403, msg: '没有权限', data: null })

/** Makes a function that answers refused pushes with one body, and warns operators of each reason once. */
export function createRefuser(appId: string) {
  const warned = new Set<RefusalReason>()

  return function refuse(res: Response, { reason }: PushRefusal): void {
    const remedy = REMEDIES[reason]
    if (remedy && !warned.has(reason)) {
      warned.add(reason)
      warn('push_refused', `a push to ${appId} was refused: ${remedy}`)
    }
    sendText(res, BODY, { status: reason === 'size' ? 413 : 403, type: 'application/json' })
  }
}
