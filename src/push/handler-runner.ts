import { configError } from '../errors/create-error.js'
import { WechatError } from '../errors/errors.js'
import { warn } from '../errors/warn.js'
import { createFailureReporter } from '../http/report-failure.js'
import { describeThrown } from '../util/describe-thrown.js'
import type { WechatMessage } from './messages/message-types.js'
import type { MessageHandlerOptions } from './option-types.js'
import { parseReply, type WechatReply } from './replies/reply.js'

/** Runs the handlers of the app and its `late`. What they throw is reported, and never reaches WeChat. */
export function createHandlerRunner({
  on,
  late,
  onError,
}: Pick<MessageHandlerOptions, 'on' | 'late' | 'onError'>) {
  const reportFailure = createFailureReporter()
  let isWarnedOfLateReply = false

  function report(error: unknown, what: string, message: WechatMessage): void {
    reportFailure(toFailure(error, what))
    // If `onError` itself fails, its failure is dropped: there is no other function to report it to.
    Promise.resolve()
      .then(() => onError?.(error, message))
      .catch(() => {})
  }

  return {
    async run(message: WechatMessage): Promise<WechatReply | undefined> {
      try {
        const reply = parseReply(await callHandler(on, message))
        if (typeof reply !== 'string') return reply
        throw new TypeError(`the handler returned no reply: ${reply}`)
      } catch (error) {
        report(error, `The handler of "${message.type}" messages`, message)
        return undefined
      }
    },

    async late(message: WechatMessage, reply: WechatReply): Promise<void> {
      if (late) {
        await Promise.resolve()
          .then(() => late(message, reply))
          .catch(error => report(error, '"late"', message))
      } else if (!isWarnedOfLateReply) {
        isWarnedOfLateReply = true
        warn(
          'push_late_reply',
          `messageHandler: a reply to a "${message.type}" message came after WeChat's last delivery and was lost, because there is no "late"`,
        )
      }
    },
  }
}

/** An error of this package with status 500 or more is reported unchanged, so that operators see its own code. */
function toFailure(error: unknown, what: string): WechatError {
  try {
    if (error instanceof WechatError && error.status >= 500) return error
  } catch {
    // `instanceof` and `status` can throw if the thrown value is a JavaScript `Proxy`.
  }
  return configError('push_handler_failed', `${what} threw ${describeThrown(error)}`)
}

function callHandler(on: MessageHandlerOptions['on'], message: WechatMessage): unknown {
  const own = message.type === 'unknown' ? undefined : on[message.type]
  // `on` has each handler under the type of its messages, so that the cast is right.
  const handle = (own ?? on.other) as ((message: WechatMessage) => unknown) | undefined
  return handle?.(message)
}
