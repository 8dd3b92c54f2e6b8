import type { AccountMessage, PushDelivery, PushResult } from '../../protocol/messages.js'
import type { Listeners } from '../../util/listeners.js'
import { randomHex } from '../../util/random.js'
import { createSimulatedWait } from '../../util/simulated-wait.js'
import { type DeliveryTools, deliver, send } from './deliver.js'
import { createPushRequest, createUrlCheck } from './push-request.js'
import { type ParsedPushSettings, type PushSettings, parsePushSettings } from './push-settings.js'
import type { PushFields } from './push-text.js'
import { readAnswer } from './read-answer.js'

/** Sends pushes to the app by the push settings. */
export interface PushService {
  readonly hasUrl: boolean
  /**
   * Checks the URL and saves the settings; undefined removes them.
   * @throws {TypeError} if the settings are wrong or the check fails. The earlier settings stay then.
   */
  set(settings: PushSettings | undefined): Promise<void>
  push(fields: PushFields): Promise<PushResult>
  /** Ends the deliveries that still wait, and the pause after failures. The settings stay. */
  reset(): void
  /** Ends the deliveries that still wait. None begins after that. */
  close(): void
}

interface PushContext extends Pick<DeliveryTools, 'clock' | 'history'> {
  changes: Listeners
  allowInsecureHost: boolean
  appId: string
  accountId: string
  assertMedium(mediaId: string): void
}

/** The pause begins after so many failures in a row. The platform documents only "many". */
const failuresBeforePause = 5
const pauseMs = 60_000
const endedReason = 'the simulator was closed or reset before the app answered'

/** `first` are settings of the options. Their URL is checked before the first push, since the app starts later. */
export function createPushService(context: PushContext, first: PushSettings | undefined): PushService {
  const { accountId, allowInsecureHost, appId, assertMedium, changes, clock, history } = context
  let settings = first && parsePushSettings(first, allowInsecureHost)
  let ending = new AbortController()
  let isChecked = false
  let failures = 0
  let pausedUntil = 0

  const account = () => ({ appId, seconds: clock.seconds() })

  /** Returns the tools of a delivery, whose waits end at the next `reset()` or `close()`. */
  function createTools(): DeliveryTools {
    const { signal: closed } = ending
    return { clock, history, closed, wait: createSimulatedWait(clock, changes, closed) }
  }

  async function checkUrl(checked: ParsedPushSettings): Promise<string | undefined> {
    const echostr = randomHex(19)
    const answer = await send(createUrlCheck(checked, account(), echostr), createTools().wait)
    if (answer === 'timeout') return 'the app has not answered the check of the push URL within 5 seconds'
    if (answer === 'no-connection') return 'the app can’t be reached at the push URL'
    if (answer.status !== 200) return `the app answered the check of the push URL with HTTP ${answer.status}`
    if (answer.body === echostr) return undefined
    return 'the app must answer the check of the push URL with the echostr alone; is the Token the same?'
  }

  async function findObstacle(): Promise<string | undefined> {
    if (ending.signal.aborted) return endedReason
    if (!settings)
      return 'there is no push URL; simulator.setPush({ url, token }) or the tab Messages of the dashboard sets it'
    if (clock.now() < pausedUntil) return 'after many failures the platform pushes nothing for a minute'
    if (isChecked) return undefined
    const failure = await checkUrl(settings)
    isChecked = failure === undefined
    return failure
  }

  function countFailure(hasFailed: boolean): void {
    failures = hasFailed ? failures + 1 : 0
    if (failures < failuresBeforePause) return
    failures = 0
    pausedUntil = clock.now() + pauseMs
  }

  return {
    get hasUrl() {
      return settings !== undefined
    },
    async set(changed) {
      const parsed = changed && parsePushSettings(changed, allowInsecureHost)
      const failure = parsed && (await checkUrl(parsed))
      if (failure !== undefined) throw new TypeError(`setPush: ${failure}`)
      settings = parsed
      isChecked = true
      failures = 0
      pausedUntil = 0
    },
    async push(fields) {
      const tools = createTools()
      const obstacle = await findObstacle()
      const current = settings
      if (tools.closed.aborted) return { outcome: 'not-pushed', reason: endedReason, deliveries: [] }
      if (obstacle !== undefined || !current)
        return { outcome: 'not-pushed', ...(obstacle !== undefined && { reason: obstacle }), deliveries: [] }
      const answerContext = {
        settings: current,
        appId,
        accountId,
        openid: String(fields.FromUserName),
        assertMedium,
      }
      const { deliveries, reply } = await deliver(
        tools,
        () => createPushRequest(current, account(), fields),
        body => readAnswer(body, answerContext),
      )
      if (tools.closed.aborted) return { outcome: 'not-pushed', reason: endedReason, deliveries }
      const result = toResult(deliveries, reply)
      countFailure(result.outcome === 'failure')
      return result
    },
    reset() {
      ending.abort()
      ending = new AbortController()
      failures = 0
      pausedUntil = 0
    },
    close: () => ending.abort(),
  }
}

function toResult(deliveries: PushDelivery[], reply: AccountMessage | undefined): PushResult {
  if (reply) return { outcome: 'reply', reply, deliveries }
  const last = deliveries.at(-1)
  if (last?.answer === 'success') return { outcome: 'no-reply', deliveries }
  return {
    outcome: 'failure',
    ...(last?.reason !== undefined && { reason: last.reason }),
    deliveries,
  }
}
