import type { Response } from 'express'
import type { PushAccount, ReceivedPush } from './receive-push.js'
import { renderReply } from './replies/render-reply.js'
import type { WechatReply } from './replies/reply.js'
import { encryptPush } from './wire/cipher.js'
import { writePushBody } from './wire/push-body.js'
import { signPush } from './wire/signature.js'

/** WeChat takes this word for "received, nothing to say", also where it wants encrypted answers. */
const NOTHING_TO_SAY = 'success'

/** Answers a push: encrypted if it was, by the key that decrypted it. */
export function sendAnswer(
  res: Response,
  push: ReceivedPush,
  reply: WechatReply | undefined,
  account: PushAccount,
): void {
  if (!reply) {
    sendText(res, NOTHING_TO_SAY)
    return
  }
  const nowSeconds = Math.floor(account.clock.wallMs() / 1000)
  const text = renderReply(reply, push.message, push.format, nowSeconds)
  const body = push.key ? encryptAnswer(text, push, push.key, account, nowSeconds) : text
  sendText(res, body, push.format === 'xml' ? 'text/xml' : 'application/json')
}

/** Sends the text with its length: WeChat's check of a URL has failed because of a chunked answer. */
export function sendText(res: Response, text: string, type = 'text/plain'): void {
  const body = Buffer.from(text)
  res.statusCode = 200
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Type', `${type}; charset=utf-8`)
  res.setHeader('Content-Length', body.length)
  res.end(body)
}

function encryptAnswer(
  text: string,
  { nonce, format }: ReceivedPush,
  key: NonNullable<ReceivedPush['key']>,
  { appId, token }: PushAccount,
  nowSeconds: number,
): string {
  const encrypted = encryptPush(text, appId, key)
  return writePushBody(
    {
      Encrypt: encrypted,
      MsgSignature: signPush(token.reveal(), String(nowSeconds), nonce, encrypted),
      TimeStamp: nowSeconds,
      Nonce: nonce,
    },
    format,
  )
}
