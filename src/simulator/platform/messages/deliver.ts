import type { AccountMessage, PushDelivery } from '../../protocol/messages.js'
import type { Clock } from '../../util/clock.js'
import type { SimulatedWait } from '../../util/simulated-wait.js'
import { redactAnswer, redactParameters, type WritableHistory } from '../history.js'
import type { PushRequest } from './push-request.js'

/** The parts of the platform that a delivery uses. */
export interface DeliveryTools {
  clock: Clock
  history: WritableHistory
  wait: SimulatedWait
  /** Aborted when the simulator is closed or reset. No delivery begins then. */
  closed: AbortSignal
}

export interface Delivered {
  deliveries: PushDelivery[]
  /** The app's reply; undefined if it answered that there is none. */
  reply: AccountMessage | undefined
}

/** Simulated milliseconds for which the platform waits for an answer, and between the starts of two deliveries. */
const deliveryMs = 5_000
const mostDeliveries = 3
/** More bytes of an app's answer are not read, so that it can't fill the memory. Real replies have a few KiB. */
const largestAnswer = 1_048_576

interface Answer {
  status: number
  /** Undefined if the body is larger than {@link largestAnswer}. */
  body: string | undefined
}

/** Posts a push until the app answers with status 200, at most three times, five simulated seconds apart. */
export async function deliver(
  tools: DeliveryTools,
  createRequest: () => PushRequest,
  /** Reads the body of an answer. Throws if the platform does not accept it. */
  read: (body: string) => AccountMessage | undefined,
): Promise<Delivered> {
  const deliveries: PushDelivery[] = []
  for (;;) {
    const nextDelivery = new AbortController()
    const isNextDue = tools.wait(deliveryMs, nextDelivery.signal)
    const { reply, ...delivery } = await deliverOnce(tools, createRequest(), read)
    deliveries.push(delivery)
    const isAnswered = ['reply', 'success', 'invalid'].includes(delivery.answer)
    if (isAnswered || deliveries.length === mostDeliveries || tools.closed.aborted) {
      nextDelivery.abort()
      return { deliveries, reply }
    }
    await isNextDue
    if (tools.closed.aborted) return { deliveries, reply }
  }
}

async function deliverOnce(
  { clock, history, wait }: DeliveryTools,
  request: PushRequest,
  read: (body: string) => AccountMessage | undefined,
): Promise<PushDelivery & { reply: AccountMessage | undefined }> {
  const at = clock.now()
  const startedAt = performance.now()
  const entry = history.open({
    at,
    method: request.method,
    path: request.url.pathname,
    parameters: redactParameters(request.url.searchParams),
  })
  entry.isPush = true
  const answer = await send(request, wait)
  const judged = judge(answer, read)
  const status = typeof answer === 'string' ? undefined : answer.status
  if (status !== undefined) entry.status = status
  entry.answer = judged.reply ? redactAnswer(judged.reply) : judged.answer
  if (judged.reason !== undefined) {
    entry.warnings = [judged.reason]
    entry.warningsZh = [judged.reason]
  }
  entry.durationMs = Math.round(performance.now() - startedAt)
  history.done(entry)
  return { at, status, ...judged }
}

/** Sends a request of the platform, which waits five simulated seconds for the answer. */
export async function send(
  { url, method, headers, body }: PushRequest,
  wait: SimulatedWait,
): Promise<Answer | 'timeout' | 'no-connection'> {
  const over = new AbortController()
  const answer = fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body }),
    // The platform follows no redirect, so the push URL has to be the final address.
    redirect: 'manual',
    signal: over.signal,
  })
    .then(async response => ({ status: response.status, body: await readText(response) }))
    .catch(() => 'no-connection' as const)
  const result = await Promise.race([answer, wait(deliveryMs, over.signal).then(() => 'timeout' as const)])
  over.abort()
  return result
}

/** Reads a body as text; undefined if it is too large. Leaving the loop cancels the rest of the body. */
async function readText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > largestAnswer) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function judge(
  answer: Answer | 'timeout' | 'no-connection',
  read: (body: string) => AccountMessage | undefined,
): { answer: PushDelivery['answer']; reply: AccountMessage | undefined; reason?: string } {
  if (answer === 'timeout')
    return { answer, reply: undefined, reason: 'the app has not answered within 5 seconds' }
  if (answer === 'no-connection')
    return { answer, reply: undefined, reason: 'the app can’t be reached at the push URL' }
  if (answer.status !== 200)
    return { answer: 'bad-status', reply: undefined, reason: `the app answered with HTTP ${answer.status}` }
  if (answer.body === undefined)
    return { answer: 'invalid', reply: undefined, reason: 'the answer is longer than 1 MiB' }
  try {
    const reply = read(answer.body)
    return { answer: reply ? 'reply' : 'success', reply }
  } catch (error) {
    return {
      answer: 'invalid',
      reply: undefined,
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}
