import type { RequestHandler, Response } from 'express'
import { warn } from '../errors/warn.js'
import { asyncHandler } from '../http/async-handler.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { getContext } from '../tokens/context.js'
import { resolveTokenManager } from '../tokens/manager-option.js'
import { createHandlerRunner } from './handler-runner.js'
import type { MessageHandlerOptions } from './option-types.js'
import { parseMessageOptions } from './push-options.js'
import { type PushAccount, readUrlCheck, receivePush } from './receive-push.js'
import { createRefuser, PushRefusal } from './refusal.js'
import { UNANSWERED } from './runs/delivery.js'
import { createMessageRuns } from './runs/message-runs.js'
import { sendAnswer } from './send-answer.js'
import { sendText } from './send-text.js'

/**
 * Receives what people send to the account and what happens to it, at the URL that is entered in WeChat's console: the
 * check of that URL, messages and events, as XML or JSON, plain or encrypted.
 *
 * WeChat delivers a message up to three times if it gets no answer within 5 s. A handler runs once for all of them,
 * also with several processes over one Redis, and its reply goes out if it comes within about 14 s. What comes later
 * goes to `late`. If the process of a run dies, the message runs once more. While the token store is down, messages
 * are answered, and can run in several processes.
 *
 * @see https://developers.weixin.qq.com/doc/service/guide/dev/push/ 消息推送
 *
 * @example
 * app.all('/wechat/push', messageHandler({ tokenManager, on: { text: message => reply.text(message.content) } }))
 *
 * @throws {WechatConfigError} from the factory, naming the option, or the variable that is missing
 */
export function messageHandler(options: MessageHandlerOptions): RequestHandler {
  const parsed = parseMessageOptions(options, process.env)
  const context = getContext(resolveTokenManager(parsed))
  const { appId } = context.account
  const account: PushAccount = { appId, token: parsed.token, aesKeys: parsed.aesKeys, clock: context.clock }
  const runner = createHandlerRunner(parsed)
  const runs = createMessageRuns(context)
  const refuse = createRefuser(appId)
  if (account.aesKeys.length === 0) {
    warn(
      'push_plain_mode',
      `messageHandler: without "encodingAesKey" (WECHAT_PUSH_AES_KEY), the signature of a push to ${appId} does not cover its body`,
    )
  }

  return asyncHandler(async function message(req, res) {
    const arrivedAt = context.clock.monotonicMs()
    if (req.method !== 'GET' && req.method !== 'POST') return sendMethodNotAllowed(res, ['GET', 'POST'])
    try {
      if (req.method === 'GET') return sendText(res, readUrlCheck(req, account))
      const push = await receivePush(req, res, account)
      const outcome = await runs.answer({
        id: push.id,
        arrivedAt,
        run: () => runner.run(push.message),
        late: reply => runner.late(push.message, reply),
        isOpen: () => isOpen(res),
        closed: waitForClose(res),
      })
      if (outcome === UNANSWERED) res.destroy()
      else sendAnswer(res, push, outcome, account)
    } catch (error) {
      if (!(error instanceof PushRefusal)) throw error
      refuse(res, error)
    }
  })
}

function isOpen(res: Response): boolean {
  return !res.destroyed && !res.closed
}

function waitForClose(res: Response): Promise<void> {
  return new Promise(resolve => {
    res.once('close', resolve)
  })
}
