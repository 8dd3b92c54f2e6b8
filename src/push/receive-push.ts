import type { Request, Response } from 'express'
import { WechatRequestError } from '../errors/errors.js'
import { MAX_BODY_BYTES, readTextBody } from '../http/body/text-body.js'
import { parseQueryString } from '../http/request.js'
import type { Clock } from '../util/clock.js'
import type { Secret } from '../util/secret.js'
import { type ParsedMessage, parseMessage } from './messages/parse-message.js'
import { PushRefusal } from './refusal.js'
import { decryptPush } from './wire/cipher.js'
import {
  detectPushFormat,
  type PushFields,
  type PushFormat,
  parsePushText,
  readParsedPush,
} from './wire/push-body.js'
import { isPushSignature } from './wire/signature.js'

export interface PushAccount {
  appId: string
  token: Secret
  /** The keys that decrypt pushes; empty in plain mode. */
  aesKeys: readonly Secret[]
  clock: Clock
}

/** A message that WeChat has signed, and how its answer has to look. */
export interface ReceivedPush extends ParsedMessage {
  format: PushFormat
  nonce: string
  /** The key that decrypted the push, and encrypts its answer; undefined in plain mode. */
  key: Secret | undefined
}

/** How far WeChat's clock and this server's may differ. A recorded push is refused after this time too. */
const MAX_CLOCK_DIFFERENCE_MS = 600_000

/**
 * Checks the signature of WeChat's check of the URL, and returns the text (`echostr`) to answer with.
 * @throws {PushRefusal} if WeChat has not signed the request, or it is malformed
 */
export function readUrlCheck(req: Request, account: PushAccount): string {
  const query = readPushQuery(req)
  assertSignature(account, query.signature, query)
  if (!query.echostr) throw new PushRefusal('malformed')
  return query.echostr
}

/**
 * Checks the signature of a push, decrypts it if it is encrypted, and parses its message.
 *
 * @throws {PushRefusal} if WeChat has not signed it for this account, or it can't be read
 */
export async function receivePush(req: Request, res: Response, account: PushAccount): Promise<ReceivedPush> {
  const query = readPushQuery(req)
  const isEncrypted = account.aesKeys.length > 0
  // The signature of a plain push does not cover its body, so a wrong one is refused before the body is read.
  if (!isEncrypted) assertSignature(account, query.signature, query)
  const { fields, format } = await readBody(req, res)
  const { nonce } = query
  if (!isEncrypted) return { ...readPlainMessage(fields, account), format, nonce, key: undefined }

  const encrypted = readEncrypted(fields)
  assertSignature(account, query.msg_signature, query, encrypted)
  const decrypted = decryptPush(encrypted, account.appId, account.aesKeys)
  if (typeof decrypted === 'string') throw new PushRefusal(decrypted)
  const inner = attempt(() => parsePushText(decrypted.text, format))
  return { ...attempt(() => parseMessage(inner, account.appId)), format, nonce, key: decrypted.key }
}

function readPushQuery(req: Request) {
  const query = parseQueryString(req)
  const one = (name: string): string => {
    const values = query.getAll(name)
    if (values.length > 1) throw new PushRefusal('malformed')
    return values[0] ?? ''
  }
  return {
    signature: one('signature'),
    msg_signature: one('msg_signature'),
    timestamp: one('timestamp'),
    nonce: one('nonce'),
    echostr: one('echostr'),
  }
}

function assertSignature(
  { token, clock }: PushAccount,
  signature: string,
  { timestamp, nonce }: { timestamp: string; nonce: string },
  ...more: string[]
): void {
  if (!timestamp || !nonce) throw new PushRefusal('malformed')
  if (!isPushSignature(signature, token.reveal(), timestamp, nonce, ...more))
    throw new PushRefusal('signature')
  // `Number` also accepts other spellings, such as "1e9", but WeChat writes digits only.
  if (!/^\d{1,12}$/.test(timestamp)) throw new PushRefusal('malformed')
  const differenceMs = Math.abs(clock.wallMs() - Number(timestamp) * 1000)
  if (differenceMs > MAX_CLOCK_DIFFERENCE_MS) throw new PushRefusal('timestamp')
}

async function readBody(req: Request, res: Response): Promise<{ fields: PushFields; format: PushFormat }> {
  const { 'content-type': contentType, 'content-length': length } = req.headers
  const body = await readTextBody(req, res).catch(error => {
    const isTooLarge = error instanceof WechatRequestError && error.status === 413
    throw new PushRefusal(isTooLarge ? 'size' : 'malformed')
  })
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) {
    if (body === undefined || body === null || Object.keys(body).length === 0)
      throw new PushRefusal('consumed')
    // A body parser of the app has read this body, and its limit may be higher, so the size is checked here too.
    if (Number(length) > MAX_BODY_BYTES) throw new PushRefusal('size')
    return attempt(() => readParsedPush(body, contentType))
  }
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) throw new PushRefusal('size')
  const text = body.toString()
  const format = detectPushFormat(contentType, text)
  return { fields: attempt(() => parsePushText(text, format)), format }
}

/** Reads `Encrypt`. An XML parser of the app may have converted the name to lower case. */
function readEncrypted(fields: PushFields): string {
  const encrypted = fields.Encrypt ?? fields.encrypt
  if (typeof encrypted !== 'string' || encrypted === '') throw new PushRefusal('unencrypted')
  if (encrypted.length > MAX_BODY_BYTES) throw new PushRefusal('size')
  return encrypted
}

function readPlainMessage(fields: PushFields, { appId }: PushAccount): ParsedMessage {
  const hasEncrypted = 'Encrypt' in fields || 'encrypt' in fields
  if (hasEncrypted && !('MsgType' in fields || 'msgtype' in fields)) throw new PushRefusal('encrypted')
  return attempt(() => parseMessage(fields, appId))
}

/**
 * Refuses a push whose text can't be parsed. The parser's error is dropped, because the text is at fault, not the
 * server.
 */
function attempt<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch {
    throw new PushRefusal('malformed')
  }
}
