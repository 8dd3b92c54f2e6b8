import {
  type ArrivalMessage,
  type BridgeCall,
  type PageMessage,
  type PhoneMessage,
  phoneFrameName,
} from '../protocol/bridge.js'
import { isLoopback } from '../protocol/loopback.js'
import { createCallLog } from './call-log.js'
import type { Phone } from './phone.js'
import { readReason } from './verdict-reason.js'

/** Connects a page in the dashboard's phone to it by messages: the phone shows the title, and opens the page's menu. */
export function linkToPhone({ state, settings, screen }: Phone, calls: readonly BridgeCall[]): void {
  if (window.parent === window || !phoneFrameName.test(window.name)) return
  let phoneOrigin: string | undefined
  let told = ''
  const log = createCallLog(calls)

  function tell(): void {
    if (phoneOrigin === undefined) return
    const { verdict } = state
    const message: PageMessage = {
      wxsim: 'page',
      title: document.title,
      url: location.href,
      profile: settings.profile,
      verdict: verdict
        ? {
            isAccepted: verdict.isAccepted,
            errMsg: verdict.errMsg,
            reason: readReason(verdict, settings.language),
          }
        : null,
    }
    const text = JSON.stringify(message)
    if (text !== told) window.parent.postMessage(message, phoneOrigin)
    told = text
    const news = log.takeNews()
    if (news) window.parent.postMessage(news, phoneOrigin)
  }

  window.addEventListener(
    'message',
    ({ source, origin, data }: MessageEvent<Partial<PhoneMessage> | null>) => {
      if (source !== window.parent || !isSimulator(origin, settings.baseUrl)) return
      phoneOrigin = origin
      told = ''
      // `hello` can come from a dashboard that was reloaded around the page, so it gets all calls again.
      if (data?.wxsim === 'hello') log.startOver()
      if (data?.wxsim === 'menu') screen.openMenu()
      if (data?.wxsim === 'reload') location.reload()
      tell()
    },
  )
  // The target origin `*` lets a frame of any origin read the message. It says only that a bridge is here, and no secret.
  const arrival: ArrivalMessage = { wxsim: 'here' }
  window.parent.postMessage(arrival, '*')
  // The state is compared every 300 ms, because no event reports a pushState, and a title is set in many ways.
  setInterval(tell, 300)
}

/** Also accepts this machine's other names: the dashboard may be open at localhost while the app uses 127.0.0.1. */
function isSimulator(origin: string, baseUrl: string): boolean {
  const simulator = new URL(baseUrl || location.origin)
  const candidate = new URL(origin)
  return (
    origin === simulator.origin ||
    (candidate.port === simulator.port && isLoopback(candidate.hostname) && isLoopback(simulator.hostname))
  )
}
