import type { Clock } from '../../util/clock.js'
import type { WechatReply } from '../replies/reply.js'
import type { Answers } from './answers.js'
import { ANSWER_WITHIN_MS, type Delivery, type DeliveryOutcome, KEY_MS, UNANSWERED } from './delivery.js'
import type { RunStore } from './run-store.js'
import { keepSignOfLife, type SignOfLife } from './sign-of-life.js'

export interface RunTools {
  clock: Clock
  store: RunStore
  answers: Answers
}

interface FinishedRun {
  reply: WechatReply | undefined
  /** Whether this delivery itself carries the reply. */
  isInTime: boolean
}

/** How long a connection is kept open without an answer; WeChat closes it earlier. */
const HOLD_MS = 2_000

/**
 * Runs a message for the delivery that has claimed it. If the run takes longer than the delivery, the run goes on, and
 * its answer is kept for the next delivery or for `late`.
 *
 * @param isLast whether WeChat delivers no more: it then tells the person of a failure if nothing is answered
 */
export async function runDelivery(
  tools: RunTools,
  delivery: Delivery,
  isLast: boolean,
): Promise<DeliveryOutcome> {
  const { clock, store } = tools
  const life = keepSignOfLife(clock, store, delivery.id, KEY_MS)
  const timer = new AbortController()
  let isTimeUp = false
  let isFinished = false
  const timeUp = clock.sleep(remainingMsOf(delivery, clock), timer.signal).then(
    () => {
      isTimeUp = !isFinished
    },
    () => {},
  )
  const finished = delivery.run().then((reply): FinishedRun => {
    isFinished = true
    timer.abort()
    return { reply, isInTime: !isTimeUp && delivery.isOpen() }
  })
  // The call is not awaited: the answer to WeChat does not wait for the store.
  keepResult(tools, delivery, life, finished).catch(() => {})

  await Promise.race([finished, timeUp])
  if (isTimeUp) return isLast ? undefined : leaveUnanswered(clock, delivery)
  const { reply, isInTime } = await finished
  return isInTime ? reply : UNANSWERED
}

async function keepResult(
  { answers }: RunTools,
  delivery: Delivery,
  life: SignOfLife,
  finished: Promise<FinishedRun>,
): Promise<void> {
  const { reply, isInTime } = await finished
  await life.stop()
  const isKept = await answers.keep(delivery.id, reply)
  if (reply && !isInTime) await answers.handToLate(delivery, reply, isKept)
}

/** How long a delivery can still wait for its answer. */
export function remainingMsOf({ arrivedAt }: Delivery, clock: Clock): number {
  return Math.max(0, arrivedAt + ANSWER_WITHIN_MS - clock.monotonicMs())
}

/**
 * Keeps the connection open without an answer. After any answer, WeChat would not deliver the message again, and after
 * an error it would tell the person of a failure.
 */
export async function leaveUnanswered(clock: Clock, { closed }: Delivery): Promise<typeof UNANSWERED> {
  const timer = new AbortController()
  await Promise.race([closed, clock.sleep(HOLD_MS, timer.signal).catch(() => {})])
  timer.abort()
  return UNANSWERED
}
