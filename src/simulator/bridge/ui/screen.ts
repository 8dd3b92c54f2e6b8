import type { BridgeState, PreverifyAnswer, PreverifyRequest } from '../../protocol/bridge.js'
import type { Settings } from '../settings.js'
import { type Texts, textsIn } from '../texts.js'
import { readReason } from '../verdict-reason.js'
import { element } from './dom.js'
import { actions, openSheet, sheetTitle } from './sheet.js'
import type { PageEvents, SheetHost } from './sheet-host.js'
import { openMenu } from './sheets/menu-sheet.js'
import { styles } from './styles.js'

/** Shows the simulator's elements over the page, in one shadow tree, which the page's styles do not affect. */
export class Screen implements SheetHost {
  readonly texts: Texts
  readonly root: ShadowRoot
  readonly settings: Settings
  readonly state: BridgeState
  readonly events: PageEvents
  readonly #badge: HTMLButtonElement
  #toastTimer: ReturnType<typeof setTimeout> | undefined
  #recordingBar: HTMLElement | undefined
  #recordingTimer: ReturnType<typeof setInterval> | undefined

  constructor(settings: Settings, state: BridgeState, events: PageEvents) {
    this.settings = settings
    this.state = state
    this.events = events
    this.texts = textsIn(settings.language)

    const host = document.createElement('wx-sim')
    host.setAttribute('lang', settings.language === 'en' ? 'en' : 'zh-CN')
    this.root = host.attachShadow({ mode: 'open' })
    // The page's `style-src` can't forbid a constructed style sheet.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    this.root.adoptedStyleSheets = [sheet]
    addToDocument(host)

    this.#badge = element('button', {
      class: 'badge',
      testId: 'badge',
      onclick: () => this.openMenu(),
    })
    this.#drawBadge()
    if (settings.badge) this.root.append(this.#badge)
  }

  /** Opens the menu, for a click on the badge in the page or on the three dots of the dashboard's phone. */
  openMenu(): void {
    const isOpen = this.root.querySelector('[data-testid=wxsim-menu]') !== null
    if (!isOpen && !this.state.closed) openMenu(this)
  }

  toast(text: string): void {
    clearTimeout(this.#toastTimer)
    this.root.querySelector('.toast')?.remove()
    const toast = element('div', { class: 'toast', testId: 'toast', role: 'status', text })
    this.#above().append(toast)
    this.#toastTimer = setTimeout(() => toast.remove(), 2_500)
  }

  async withProgress<Result>(text: string, work: () => Promise<Result>, isShown: boolean): Promise<Result> {
    if (!isShown) return work()
    const progress = element('div', { class: 'toast progress', testId: 'progress', role: 'status' })
    progress.append(element('i', { class: 'spinner' }), text)
    this.root.append(progress)
    try {
      return await work()
    } finally {
      progress.remove()
    }
  }

  showRecordingBar(isCanned: boolean, maxMs: number): void {
    const startedAt = performance.now()
    const time = element('output', { class: 'time' })
    const tick = () => {
      const seconds = Math.floor(Math.min(maxMs, performance.now() - startedAt) / 1000)
      time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    }
    tick()
    this.#recordingTimer = setInterval(tick, 250)
    this.#recordingBar = element(
      'div',
      { class: 'recording', testId: 'recording', role: 'status' },
      element('i', { class: 'dot' }),
      element('span', { text: isCanned ? this.texts.recordingCanned : this.texts.recording }),
      element('span', { class: 'wave' }, ...[1, 2, 3, 4, 5].map(() => element('i'))),
      time,
    )
    this.root.append(this.#recordingBar)
  }

  hideRecordingBar(): void {
    clearInterval(this.#recordingTimer)
    this.#recordingBar?.remove()
  }

  showVerdict(verdict: PreverifyAnswer, { signature }: PreverifyRequest): void {
    this.#drawBadge()
    if (verdict.isAccepted) return
    const why = readReason(verdict, this.settings.language)
    const signed = verdict.signedText
      ? `\n  ${this.texts.verifiedString}\n  ${verdict.signedText}\n  signature: ${signature}`
      : ''
    console.warn(`[wxsim] ${verdict.errMsg}${why && `\n  ${why}`}${signed}`)
  }

  showClosedCover(): void {
    const { body } = openSheet(this, { title: this.texts.closed, testId: 'closed', look: 'full' })
    // Escape must not close the cover, because WeChat has closed the page.
    body.closest('dialog')?.setAttribute('closedby', 'none')
    body.classList.add('closed')
    body.append(
      sheetTitle(this.texts.closed, this.texts.closedNote),
      actions(
        element('button', {
          class: 'primary',
          testId: 'reopen',
          text: this.texts.reopen,
          onclick: () => location.reload(),
        }),
      ),
    )
  }

  #drawBadge(): void {
    const { verdict, profile } = this.state
    this.#badge.dataset.verdict = verdict ? (verdict.isAccepted ? 'passed' : 'refused') : 'none'
    const verdictText = verdict && !verdict.isAccepted ? ` · ${verdict.errMsg.replace(/^config:/, '')}` : ''
    const text = `${this.texts[profile]}${verdictText}`
    this.#badge.replaceChildren(element('i', { class: 'dot' }), text)
    this.#badge.ariaLabel = `${this.texts.simulator} · ${text}`
  }

  /** Returns the node in which a toast is visible: the top modal dialog, or the shadow tree if none is open. */
  #above(): ParentNode {
    return [...this.root.querySelectorAll('dialog[open]')].at(-1) ?? this.root
  }
}

/**
 * Puts the host beside the body, because frameworks empty or replace the body. If a test injected this script before the
 * root element exists, the host is added once it does.
 */
function addToDocument(host: HTMLElement): void {
  if (document.documentElement) {
    document.documentElement.append(host)
    return
  }
  new MutationObserver((_changes, observer) => {
    if (!document.documentElement) return
    observer.disconnect()
    document.documentElement.append(host)
  }).observe(document, { childList: true })
}
