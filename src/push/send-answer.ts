import type { Response } from 'express'
import type { PushAccount, ReceivedPush } from './receive-push.js'
import { renderReply } from './replies/render-reply.js'
import type { WechatReply } from './replies/reply.js'
import { sendText } from './send-text.js'
import { encryptPush } from './wire/cipher.js'
import { writePushBody } from './wire/push-body.js'
import { signPush } from './wire/signature.js'

/** WeChat takes this plain word for an answer without a reply, also if pushes are encrypted. */
const NOTHING_TO_SAY = 'success'

/** Answers a push: without a reply with a plain `success`, else with the reply, which is encrypted if the push was. */
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
  sendText(res, body, { type: push.format === 'xml' ? 'text/xml' : 'application/json' })
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
