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

/** The frame waits so many milliseconds for the probe's answer before it loads the page without it. */
const probePatienceMs = 1_500
/** After the frame has loaded, the page's bridge has so many milliseconds to send its first message. */
const silenceMs = 1_500
/** Milliseconds between two attempts to open a page that does not answer. */
const retryMs = 1_500

/** If `history.back()` has not left the dashboard after this time, the tab has no earlier page. */
const leaveMs = 1_000

type TroubleWord = keyof typeof texts.trouble

/** Why the frame does not show the page. `subject` is the address or the fault that the explanation names. */
export interface Trouble {
  word: TroubleWord
  subject: string
}

/** Controls the phone's frame: its page, the simulated WeChat client, and the reason if the page can't be shown. */
export class PhoneController extends Observable {
  profile: Profile
  /** The address of the page, by its last message. */
  url = ''
  title = ''
  verdict: PageMessage['verdict'] = null
  trouble: Trouble | undefined
  /** Whether the page was loaded, but sends no message because it does not load the simulator's script. */
  isUnheard = false
  isOpening = false
  isLandscape = false
  isDark = false
  /** How many times a page was opened. Each time gets a new frame; 0 means that the phone is empty. */
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

  /** Opens the address that a developer typed, or explains that it is none. */
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
    // The page is opened in a new frame, whose name tells the page its profile before any of its scripts run.
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
    // This goes back in the frame, because its pages and this page share one history.
    history.back()
  }

  openMenu(): void {
    if (this.generation === 0) return
    this.#frame?.focus()
    if (this.#isHeard) this.#send('menu')
    else showNote(texts.noMenu)
  }

  /** Explains that the frame is blank because a planned fault was played to the browser itself. */
  explainFault(words: string): void {
    this.#explain('planned-fault', words)
  }

  /** Called after a restart of the simulator. Opens the page again, unless the page answers a `hello` within 1.5 s. */
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
    // A page of the simulator itself, such as the login, sends no messages, so its silence needs no explanation.
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
      // Reading the location throws if the page is of another origin, as an app's page is.
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

  /** Adds an entry to the history before the first page loads, so that all entries of the page follow it. */
  #markFirstPage(): void {
    if (history.state === 'phone') return
    history.replaceState('phone-page', '')
    history.pushState('phone', '')
  }

  /** Handles a step back from the first page: the phone's button stays there, the browser's leaves the dashboard. */
  #leftFirstPage(state: unknown): void {
    if (state !== 'phone-page') return
    if (this.#isOwnBack) this.#returnToFirstPage()
    else {
      history.back()
      // If the tab has no page before the dashboard, nothing happens, and the phone returns to its first page.
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
 * Whether the dashboard has to be loaded again to show the page: for another host name, the server redirects to a
 * dashboard of that name, or sends one whose CSP allows the page's origin.
 */
function needsAnotherDashboard({ hostname, href }: URL): boolean {
  return hostname !== location.hostname && new URLSearchParams(location.search).get('url') !== href
}

/** Whether the page can't be shown. With `foreign-address`, only a page of this machine that redirects to another can't. */
function isInTheWay(word: ProbeWord, url: string): word is Exclude<ProbeWord, 'fine'> {
  if (word === 'foreign-address') return isLoopback(URL.parse(url)?.hostname ?? '')
  return word !== 'fine'
}

/** Probes the page. Without an answer of the simulator, it resolves to `fine`, so that the frame tries the page. */
function probeQuietly(url: string): Promise<ProbeWord> {
  return simulator.probe(url).catch((): ProbeWord => 'fine')
}

function delay(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), ms))
}
