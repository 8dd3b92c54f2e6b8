import type { Clock } from '../../util/clock.js'
import { parseReply, type WechatReply } from '../replies/reply.js'
import { DELIVERIES_MS, type Delivery, KEY_MS, LAST_DELIVERY_ENDS_MS } from './delivery.js'
import type { RunStore } from './run-store.js'

const ANSWER_MS = 20_000
const MAX_ANSWER_BYTES = 8_192
const DONE = 'done'
/** Stored instead of an answer if `late` has the answer. */
const LATE = 'late'

/** Passes the answer of a run to one of the deliveries that wait for it, or to `late`. */
export function createAnswers(clock: Clock, store: RunStore) {
  return {
    isDone: async (id: string): Promise<boolean> => (await store.get(id)) === DONE,

    /** Stores the answer of a run. Returns whether other deliveries can carry it: one of more than 8 KiB is not stored. */
    async keep(id: string, reply: WechatReply | undefined): Promise<boolean> {
      const text = JSON.stringify(reply) ?? ''
      const isKept = Buffer.byteLength(text) <= MAX_ANSWER_BYTES
      // A delivery that reads that the run is done finds the answer, because the answer is stored first.
      if (reply && isKept) await store.put(`${id}:answer`, text, ANSWER_MS)
      await store.put(id, DONE, KEY_MS)
      return isKept
    },

    async take(id: string): Promise<WechatReply | undefined> {
      const text = await store.get(`${id}:answer`)
      if (text === undefined || text === LATE) return undefined
      const isFirst = await store.claim(`${id}:taken`, DELIVERIES_MS)
      // If another delivery has taken the answer, WeChat did not get it: otherwise WeChat would not deliver the message
      // again.
      if (!isFirst && (await store.get(`${id}:answer`)) === LATE) return undefined
      return parseAnswer(text)
    },

    /**
     * Gives the reply to `late`, unless a delivery has taken it.
     * @param isKept whether the answer is stored; the call then waits until WeChat's last delivery is over
     */
    async handToLate({ id, arrivedAt, late }: Delivery, reply: WechatReply, isKept: boolean): Promise<void> {
      const waitMs = isKept ? arrivedAt + LAST_DELIVERY_ENDS_MS - clock.monotonicMs() : 0
      if (waitMs > 0) await clock.sleep(waitMs)
      // The mark comes before the claim, so that a delivery that loses the claim finds out that `late` has the reply.
      await store.put(`${id}:answer`, LATE, ANSWER_MS)
      if (await store.claim(`${id}:taken`, DELIVERIES_MS)) await late(reply)
    },
  }
}

export type Answers = ReturnType<typeof createAnswers>

/** Parses a stored answer. Returns undefined if other software wrote the text. */
function parseAnswer(text: string): WechatReply | undefined {
  try {
    const reply = parseReply(JSON.parse(text))
    return typeof reply === 'string' ? undefined : reply
  } catch {
    return undefined
  }
}
