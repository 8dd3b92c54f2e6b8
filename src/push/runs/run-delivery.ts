import type { Clock } from '../../util/clock.js'
import type { WechatReply } from '../replies/reply.js'
import type { Answers } from './answers.js'
import { type Delivery, type DeliveryOutcome, KEY_MS, UNANSWERED } from './delivery.js'
import type { RunStore } from './run-store.js'
import { keepSignOfLife, type SignOfLife } from './sign-of-life.js'

export interface RunTools {
  clock: Clock
  store: RunStore
  answers: Answers
}

export interface RunLimits {
  /** How long this delivery can wait for its run. */
  withinMs: number
  /** Whether WeChat delivers no more: it then tells the person of a failure if nothing is answered. */
  isLast: boolean
}

interface FinishedRun {
  reply: WechatReply | undefined
  /** Whether this delivery itself carries the reply. */
  isInTime: boolean
}

/** WeChat closes a connection without an answer before this time is over. */
const HOLD_MS = 2_000

/**
 * Runs a message for the delivery that has claimed it. If the run takes longer than the delivery, the run goes on, and
 * its answer is kept for the next delivery or for `late`.
 */
export async function runDelivery(
  tools: RunTools,
  delivery: Delivery,
  { withinMs, isLast }: RunLimits,
): Promise<DeliveryOutcome> {
  const { clock, store } = tools
  const startedAt = clock.monotonicMs()
  const life = keepSignOfLife(clock, store, delivery.id, KEY_MS)
  const timer = new AbortController()
  let isTimeUp = false
  let isFinished = false
  const timeUp = clock.sleep(withinMs, timer.signal).then(
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
  // The answer to WeChat does not wait for the store.
  keepResult(tools, delivery, life, finished, startedAt).catch(() => {})

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
  startedAt: number,
): Promise<void> {
  const { reply, isInTime } = await finished
  await life.stop()
  const isKept = await answers.keep(delivery.id, reply)
  if (reply && !isInTime) await answers.handToLate(delivery, reply, isKept ? startedAt : undefined)
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
