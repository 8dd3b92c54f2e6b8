import type { Phone } from './phone.js'
import { type ArrivalMessage, type PageMessage, type PhoneMessage, phoneFrameName } from './protocol.js'

/** Lets the phone on the simulator's desk, in whose frame this page may be, open the menu and show the title. */
export function linkToPhone({ state, settings, screen }: Phone): void {
  if (window.parent === window || !phoneFrameName.test(window.name)) return
  let phoneOrigin: string | undefined
  let told = ''

  function tell(): void {
    if (phoneOrigin === undefined) return
    const { verdict } = state
    const message: PageMessage = {
      wxsim: 'page',
      title: document.title,
      url: location.href,
      profile: settings.profile,
      verdict: verdict ? { isAccepted: verdict.isAccepted, errMsg: verdict.errMsg } : null,
    }
    const text = JSON.stringify(message)
    if (text !== told) window.parent.postMessage(message, phoneOrigin)
    told = text
  }

  window.addEventListener(
    'message',
    ({ source, origin, data }: MessageEvent<Partial<PhoneMessage> | null>) => {
      if (source !== window.parent || !isSimulator(origin, settings.baseUrl)) return
      phoneOrigin = origin
      told = ''
      if (data?.wxsim === 'menu') screen.openMenu()
      if (data?.wxsim === 'reload') location.reload()
      tell()
    },
  )
  // To whoever frames this page: it says nothing but that a bridge is here.
  const arrival: ArrivalMessage = { wxsim: 'here' }
  window.parent.postMessage(arrival, '*')
  // Nothing announces a pushState, and a title is set in many ways.
  setInterval(tell, 300)
}

/** The desk may be open under another name of this machine than the one that the app was given. */
function isSimulator(origin: string, baseUrl: string): boolean {
  const simulator = new URL(baseUrl || location.origin)
  const candidate = new URL(origin)
  return (
    origin === simulator.origin ||
    (candidate.port === simulator.port && isLoopback(candidate.hostname) && isLoopback(simulator.hostname))
  )
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
}
