import type { PageMessage, PhoneMessage, Profile } from '../../protocol/bridge.js'
import type { ProbeWord } from '../../protocol/dashboard.js'
import { isLoopback } from '../../protocol/loopback.js'
import { simulator } from '../data/simulator-api.js'
import { texts } from '../texts/texts.js'
import { showNote } from '../ui/note.js'
import { Observable } from '../ui/observable.js'
import type { CallStore } from './call-store.js'
import { isArrival, isCallsMessage, isPageMessage } from './messages.js'
import { parsePageAddress } from './page-address.js'

/** The page is put into the frame without waiting longer for the probe. */
const probePatienceMs = 1_500
/** Time for a page to say that its bridge is there, after the frame has loaded something. */
const silenceMs = 1_500
/** How often a page that does not answer is tried again. */
const retryMs = 1_500

/** Within this time, the browser has gone back to the page before, if there is one. */
const leaveMs = 1_000

type TroubleWord = keyof typeof texts.trouble

/** Why the frame does not show the page; `subject` is what the explanation speaks of. */
export interface Trouble {
  word: TroubleWord
  subject: string
}

/** The phone's frame: which page is in it, in which WeChat, and why it can't be shown. */
export class PhoneController extends Observable {
  profile: Profile
  /** Where the page is, as far as it tells. */
  url = ''
  title = ''
  verdict: PageMessage['verdict'] = null
  trouble: Trouble | undefined
  /** Whether the page was loaded, but sends no message because it does not load the simulator's script. */
  isUnheard = false
  isOpening = false
  isLandscape = false
  isDark = false
  /** A new number each time that a page is opened; 0 while the phone is empty. */
  generation = 0
  readonly #calls: CallStore
  #frame: HTMLIFrameElement | null = null
  #isHeard = false
  #isOwnBack = false
  #silenceTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(profile: Profile, calls: CallStore) {
    super()
    this.profile = profile
    this.#calls = calls
    window.addEventListener('message', event => this.#hear(event))
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (effectiveDirective === 'frame-src') this.#explain('not-allowed', this.url)
    })
    window.addEventListener('popstate', ({ state }) => this.#leftFirstPage(state))
  }

  /** Opens what a developer typed. */
  open(text: string): void {
    const address = parsePageAddress(text)
    this.url = address?.href ?? text
    if (!address) this.#explain('not-an-address', text)
    else if (needsAnotherDashboard(address)) location.assign(this.#addressOfDashboard())
    else void this.#openWhenProbed()
  }

  setProfile(profile: Profile): void {
    this.profile = profile
    this.notify()
    // The frame's name tells the page its profile before any of its scripts run.
    if (this.url) this.open(this.url)
  }

  reload(): void {
    if (this.#isHeard && !this.trouble) this.#send('reload')
    else this.open(this.url)
  }

  turn(): void {
    this.isLandscape = !this.isLandscape
    this.notify()
  }

  darken(): void {
    this.isDark = !this.isDark
    this.notify()
  }

  back(): void {
    if (this.generation === 0) return
    this.#isOwnBack = true
    // The pages in the frame and this one share one history.
    history.back()
  }

  openMenu(): void {
    if (this.generation === 0) return
    this.#frame?.focus()
    if (this.#isHeard) this.#send('menu')
    else showNote(texts.noMenu)
  }

  /** A fault was played to the browser itself: the frame has nothing to show. */
  explainFault(words: string): void {
    this.#explain('planned-fault', words)
  }

  /** The simulator is back: a page that went missing meanwhile is opened again, one that is there is left alone. */
  recover(): void {
    if (this.generation === 0 || this.trouble) return
    this.#isHeard = false
    this.#send('hello')
    this.#expectVoice(() => this.open(this.url))
  }

  readonly attach = (frame: HTMLIFrameElement | null): void => {
    this.#frame = frame
  }

  readonly loaded = (): void => {
    this.#isHeard = false
    this.#isOwnBack = false
    this.isOpening = false
    this.#send('hello')
    this.#expectVoice(() => void this.#explainSilence())
    this.notify()
  }

  #addressOfDashboard(): string {
    const query = new URLSearchParams(location.search)
    query.set('url', this.url)
    query.set('profile', this.profile)
    return `?${query}`
  }

  async #openWhenProbed(): Promise<void> {
    const { url } = this
    clearTimeout(this.#retryTimer)
    this.trouble = undefined
    this.isUnheard = false
    this.isOpening = true
    this.verdict = null
    this.notify()
    const probe = probeQuietly(url)
    const word = await Promise.race([probe, delay(probePatienceMs)])
    if (this.url !== url) return
    if (word !== undefined && isInTheWay(word, url)) return this.#explain(word, url)
    this.#showFrame()
    const lateWord = await probe
    if (this.url === url && !this.#isHeard && isInTheWay(lateWord, url)) this.#explain(lateWord, url)
  }

  #showFrame(): void {
    this.#isHeard = false
    this.#markFirstPage()
    this.title = URL.parse(this.url)?.host ?? ''
    this.generation += 1
    this.notify()
  }

  async #explainSilence(): Promise<void> {
    // A page of the simulator itself, such as the login, sends no messages. There is nothing to explain.
    if (this.#isOwnPage()) return
    const { url } = this
    const word = await probeQuietly(url)
    if (this.url !== url || this.#isHeard || this.trouble) return
    if (isInTheWay(word, url)) return this.#explain(word, url)
    this.isUnheard = true
    this.notify()
  }

  #explain(word: TroubleWord, subject: string): void {
    clearTimeout(this.#silenceTimer)
    clearTimeout(this.#retryTimer)
    this.trouble = { word, subject }
    this.isOpening = false
    this.isUnheard = false
    this.notify()
    if (word === 'not-running' || word === 'no-answer') this.#retryLater()
  }

  #retryLater(): void {
    const { url, trouble } = this
    this.#retryTimer = setTimeout(async () => {
      const word = await probeQuietly(url)
      if (this.url !== url || this.trouble !== trouble) return
      if (isInTheWay(word, url)) this.#explain(word, url)
      else this.open(url)
    }, retryMs)
  }

  #expectVoice(onSilence: () => void): void {
    clearTimeout(this.#silenceTimer)
    this.#silenceTimer = setTimeout(() => {
      if (!this.#isHeard) onSilence()
    }, silenceMs)
  }

  #isOwnPage(): boolean {
    try {
      return this.#frame?.contentWindow?.location.origin === location.origin
    } catch {
      // The page is of another origin, as an app's is.
      return false
    }
  }

  #send(wxsim: PhoneMessage['wxsim']): void {
    const message: PhoneMessage = { wxsim }
    // The message goes to any origin, because it holds nothing secret and the page's origin is not known.
    this.#frame?.contentWindow?.postMessage(message, '*')
  }

  #hear({ source, data }: MessageEvent<unknown>): void {
    if (!source || source !== this.#frame?.contentWindow) return
    if (isArrival(data)) this.#send('hello')
    if (isCallsMessage(data)) this.#calls.add(data)
    if (!isPageMessage(data)) return
    this.#isHeard = true
    this.isUnheard = false
    this.profile = data.profile
    this.url = data.url
    this.verdict = data.verdict
    this.title = data.title
    this.notify()
  }

  /** Called before the page loads, so that the steps of the page lie after this one in the history. */
  #markFirstPage(): void {
    if (history.state === 'phone') return
    history.replaceState('phone-page', '')
    history.pushState('phone', '')
  }

  /** The phone's own button stays on the first page; the browser's button leaves the dashboard. */
  #leftFirstPage(state: unknown): void {
    if (state !== 'phone-page') return
    if (this.#isOwnBack) this.#returnToFirstPage()
    else {
      history.back()
      // A tab that begins with the dashboard has nothing before it.
      setTimeout(() => this.#returnToFirstPage(), leaveMs)
    }
  }

  #returnToFirstPage(): void {
    history.forward()
    this.#isOwnBack = false
    showNote(texts.firstPage)
  }
}

/**
 * A page of another host name needs a dashboard of that name, or one whose policy names the page's origin; the server
 * sends both.
 */
function needsAnotherDashboard({ hostname, href }: URL): boolean {
  return hostname !== location.hostname && new URLSearchParams(location.search).get('url') !== href
}

/** The probe asks no other machine. A page of one may be shown; a page of this machine that leads there may not. */
function isInTheWay(word: ProbeWord, url: string): word is Exclude<ProbeWord, 'fine'> {
  if (word === 'foreign-address') return isLoopback(URL.parse(url)?.hostname ?? '')
  return word !== 'fine'
}

/** If the simulator does not answer, nothing can be said about the page. */
function probeQuietly(url: string): Promise<ProbeWord> {
  return simulator.probe(url).catch((): ProbeWord => 'fine')
}

function delay(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), ms))
}
