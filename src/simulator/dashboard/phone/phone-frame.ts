import {
  type ArrivalMessage,
  isProfile,
  type PageMessage,
  type PhoneMessage,
  type Profile,
} from '../../protocol/bridge.js'
import { element, icon, icons, showNote } from '../dom.js'
import { timeOfDay } from '../format.js'
import { simulator } from '../simulator-api.js'
import { texts } from '../texts.js'

/** A WeChat window with a page in it. The page's bridge says what it is called; without one the address has to do. */
export class PhoneFrame {
  readonly node: HTMLElement
  profile: Profile
  /** Where the page is, as far as it tells. */
  url = ''
  verdict: PageMessage['verdict'] = null
  readonly #title = element('h2', { class: 'title' })
  readonly #screen = element('div', { class: 'screen' })
  readonly #listeners: (() => void)[] = []
  #page: HTMLIFrameElement | undefined
  #isLinked = false
  #isOurBack = false

  constructor(profile: Profile) {
    this.profile = profile
    this.node = element(
      'section',
      { class: 'phone', attributes: { 'aria-label': texts.phone } },
      statusBar(),
      element(
        'header',
        { class: 'wechat-bar' },
        barButton(texts.back, icons.back, 'back', () => this.#back()),
        this.#title,
        barButton(texts.menu, icons.dots, 'menu', () => this.#openMenu()),
      ),
      this.#screen,
    )
    this.#screen.append(element('p', { class: 'empty', text: texts.noPage }))
    window.addEventListener('message', event => this.#hear(event))
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (effectiveDirective === 'frame-src') this.#explain(texts.notAllowed, '')
    })
    window.addEventListener('popstate', ({ state }) => this.#leftFirstPage(state))
    this.#draw()
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
    listener()
  }

  open(url: string): void {
    this.url = url
    this.verdict = null
    this.#isLinked = false
    this.#page?.remove()
    this.#markFirstPage()
    this.#page = element('iframe', {
      attributes: {
        name: `wxsim-phone ${this.profile}`,
        title: texts.phone,
        allow: 'microphone; camera; geolocation; autoplay; clipboard-write',
        src: url,
      },
    })
    this.#page.addEventListener('load', () => this.#send('hello'))
    this.#screen.replaceChildren(this.#page)
    this.#draw()
    void this.#explainFailure(url)
  }

  setProfile(profile: Profile): void {
    this.profile = profile
    // The page is told by its frame's name, before any of its scripts run.
    if (this.url) this.open(this.url)
    this.#draw()
  }

  reload(): void {
    if (this.#isLinked) this.#send('reload')
    else this.open(this.url)
  }

  turn(isLandscape: boolean): void {
    this.node.classList.toggle('landscape', isLandscape)
  }

  darken(isDark: boolean): void {
    this.node.classList.toggle('dark', isDark)
  }

  #back(): void {
    if (!this.#page) return
    this.#isOurBack = true
    // The pages in the frame and this one share one history.
    history.back()
  }

  #openMenu(): void {
    if (!this.#page) return
    this.#page.focus()
    if (this.#isLinked) this.#send('menu')
    else showNote(texts.noMenu)
  }

  #send(wxsim: PhoneMessage['wxsim']): void {
    const message: PhoneMessage = { wxsim }
    // To whatever page is there now: nothing of this is a secret.
    this.#page?.contentWindow?.postMessage(message, '*')
  }

  #hear({ source, data }: MessageEvent<unknown>): void {
    if (source !== this.#page?.contentWindow) return
    if (isArrival(data)) this.#send('hello')
    if (!isPageMessage(data)) return
    this.#isLinked = true
    this.profile = data.profile
    this.url = data.url
    this.verdict = data.verdict
    this.#title.textContent = data.title
    this.#draw()
  }

  /** Before the page comes, so that its own steps lie after this one. */
  #markFirstPage(): void {
    if (history.state === 'phone') return
    history.replaceState('phone-page', '')
    history.pushState('phone', '')
  }

  #leftFirstPage(state: unknown): void {
    if (state !== 'phone-page' || !this.#isOurBack) return
    history.forward()
    this.#isOurBack = false
    showNote(texts.firstPage)
  }

  async #explainFailure(url: string): Promise<void> {
    const page = this.#page
    const isForbidden = await simulator.isFramingForbidden(url).catch(() => false)
    if (!isForbidden || page !== this.#page || this.#isLinked) return
    this.#explain(texts.framingForbidden, texts.framingAdvice(location.origin))
  }

  #explain(what: string, advice: string): void {
    this.#screen.replaceChildren(
      element(
        'div',
        { class: 'explanation', attributes: { role: 'alert' } },
        element('b', { text: what }),
        element('p', { text: advice }),
      ),
    )
  }

  #draw(): void {
    this.node.dataset.profile = this.profile
    if (!this.#isLinked) this.#title.textContent = URL.canParse(this.url) ? new URL(this.url).host : ''
    for (const listener of this.#listeners) listener()
  }
}

function isArrival(data: unknown): data is ArrivalMessage {
  return typeof data === 'object' && data !== null && 'wxsim' in data && data.wxsim === 'here'
}

function isPageMessage(data: unknown): data is PageMessage {
  return (
    typeof data === 'object' &&
    data !== null &&
    'wxsim' in data &&
    data.wxsim === 'page' &&
    'profile' in data &&
    isProfile(data.profile) &&
    'title' in data &&
    typeof data.title === 'string' &&
    'url' in data &&
    typeof data.url === 'string'
  )
}

function barButton(label: string, path: string, name: string, onclick: () => void): HTMLButtonElement {
  const button = element('button', { class: `bar-${name}`, onclick, attributes: { 'aria-label': label } })
  button.append(icon(path))
  return button
}

function statusBar(): HTMLElement {
  const time = element('time')
  const tick = () => {
    time.textContent = timeOfDay(Date.now()).slice(0, 5)
  }
  tick()
  setInterval(tick, 10_000)
  return element('div', { class: 'status-bar', attributes: { 'aria-hidden': 'true' } }, time, element('i'))
}
