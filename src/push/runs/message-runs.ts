import { unavailableError } from '../../errors/create-error.js'
import type { AccountContext } from '../../tokens/context.js'
import { createAnswers } from './answers.js'
import { DELIVERIES_MS, type Delivery, type DeliveryOutcome, KEY_MS, UNANSWERED } from './delivery.js'
import { leaveUnanswered, type RunTools, remainingMsOf, runDelivery } from './run-delivery.js'
import { createRunStore } from './run-store.js'

const MAX_WAITING = 256
const POLL_MS = 200
/** A run counts as dead if its sign of life, a key that lives for 3 s, has been missing for this time. */
const GRACE_MS = 1_000

/**
 * Runs each message once, although WeChat delivers it up to three times, to any process. The first delivery claims the
 * message. The others wait for its answer, and carry it if the first one has timed out. If the process of a run dies,
 * one delivery claims a second run. There is no third.
 */
export function createMessageRuns(context: AccountContext) {
  const { clock } = context
  const store = createRunStore(context)
  const tools: RunTools = { clock, store, answers: createAnswers(clock, store) }
  let waiting = 0

  return {
    /**
     * Answers one delivery. The first one runs the message, and the others wait for the answer of that run.
     * @throws {WechatUnavailableError} if too many deliveries wait in this process
     */
    async answer(delivery: Delivery): Promise<DeliveryOutcome> {
      if (await store.claim(delivery.id, KEY_MS)) {
        return runDelivery(tools, delivery, false)
      }
      if (waiting >= MAX_WAITING) throw unavailableError('push_waiting_full')
      waiting += 1
      try {
        return await awaitAnswer(tools, delivery)
      } finally {
        waiting -= 1
      }
    },
  }
}

async function awaitAnswer(tools: RunTools, delivery: Delivery): Promise<DeliveryOutcome> {
  const { clock, store, answers } = tools
  const { id } = delivery
  const isLast = !(await store.claim(`${id}:second-delivery`, DELIVERIES_MS))
  const watchRun = createRunWatch(tools, id)

  while (delivery.isOpen()) {
    if (await answers.isDone(id)) return answers.take(id)
    const state = await watchRun()
    if (state === 'dead') return undefined
    if (state === 'claimed') return runDelivery(tools, delivery, isLast)
    if (remainingMsOf(delivery, clock) === 0) return isLast ? undefined : leaveUnanswered(clock, delivery)
    await clock.sleep(POLL_MS)
  }
  return UNANSWERED
}

/**
 * Makes a function that tells whether the run of a message goes on. `claimed`: the run is dead, and the caller has claimed
 * the second run. `dead`: the second run is dead, too.
 */
function createRunWatch({ clock, store }: RunTools, id: string) {
  let lastLifeAt = clock.monotonicMs()
  let isSecondRunClaimed = false

  return async function watchRun(): Promise<'alive' | 'claimed' | 'dead'> {
    const now = clock.monotonicMs()
    if ((await store.get(`${id}:alive`)) !== undefined) lastLifeAt = now
    if (now - lastLifeAt < GRACE_MS) return 'alive'
    if (isSecondRunClaimed) return 'dead'
    if (await store.claim(`${id}:second-run`, KEY_MS)) return 'claimed'
    // Another delivery has claimed the second run, perhaps just now, so that run gets time for its first sign of life.
    isSecondRunClaimed = true
    lastLifeAt = now
    return 'alive'
  }
}
