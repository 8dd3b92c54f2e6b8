import type { Phone } from '../phone.js'
import { askForEnd } from '../ui/sheets/view-sheet.js'
import { readTemplate } from './template.js'

type Tag = (typeof tags)[number]

const tags = ['wx-open-launch-weapp', 'wx-open-launch-app', 'wx-open-subscribe', 'wx-open-audio'] as const

/**
 * Defines WeChat's open tags (开放标签) as custom elements. The returned function takes the tags that `wx.config`
 * granted: these show their templates, others show nothing.
 */
export function defineOpenTags(phone: Phone): (granted: readonly string[]) => void {
  const connected = new Set<OpenTag>()
  let granted: readonly string[] = []

  class OpenTag extends HTMLElement {
    readonly #shadow = this.attachShadow({ mode: 'open' })

    connectedCallback(): void {
      connected.add(this)
      // The parser connects an element before it reads its children, so drawing waits for a microtask.
      queueMicrotask(() => this.draw())
    }

    disconnectedCallback(): void {
      connected.delete(this)
    }

    draw(): void {
      const tag = this.localName as Tag
      const isShown = granted.includes(tag)
      this.#shadow.replaceChildren(...(isShown ? draw(phone, this, this.#shadow) : []))
    }
  }

  for (const tag of tags) {
    if (!customElements.get(tag)) customElements.define(tag, class extends OpenTag {})
  }

  return list => {
    granted = list
    for (const element of connected) element.draw()
    // A tag that was not granted shows nothing, so the console and an event tell the developer.
    const missing = [...connected].map(({ localName }) => localName).filter(tag => !list.includes(tag))
    if (missing.length === 0) return
    const errMsg = `${[...new Set(missing)].join(', ')}: permission denied, see openTagList`
    console.warn(`[wxsim] ${errMsg}`)
    document.dispatchEvent(new CustomEvent('WeixinOpenTagsError', { detail: { errMsg } }))
  }
}

function draw(phone: Phone, element: HTMLElement, shadow: ShadowRoot): Node[] {
  if (element.localName === 'wx-open-audio') return [audioPlayer(element)]
  const { nodes, styles } = readTemplate(element)
  shadow.adoptedStyleSheets = styles
  const area = document.createElement('div')
  area.append(...nodes)
  area.addEventListener('click', () => void tap(phone, element))
  return [area]
}

/** Asks the developer how the tap on a tag ends, which WeChat handles outside of the page, and sends the page an event. */
async function tap(phone: Phone, element: HTMLElement): Promise<void> {
  const tag = element.localName
  const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]))
  const end = await askForEnd(phone.screen, tag, attributes, phone.screen.texts.tagNote)
  if (end === 'ok') tell(element, tag === 'wx-open-subscribe' ? 'success' : 'launch', success(element))
  else tell(element, 'error', { errMsg: end === 'cancel' ? `${tag}:cancel` : `${tag}:fail`, errCode: '1' })
}

function success(element: HTMLElement): Record<string, unknown> {
  const template = element.getAttribute('template') ?? ''
  if (element.localName !== 'wx-open-subscribe') return { errMsg: 'openTag:ok' }
  const details = template
    .split(',')
    .map(id => [id.trim(), JSON.stringify({ status: 'accept', timestamp: String(Date.now()) })])
  return { errMsg: 'subscribe:ok', subscribeDetails: JSON.stringify(Object.fromEntries(details)) }
}

function audioPlayer(element: HTMLElement): HTMLAudioElement {
  const audio = document.createElement('audio')
  audio.controls = true
  audio.src = element.getAttribute('src') ?? ''
  audio.title = element.getAttribute('title') ?? ''
  for (const name of [
    'canplay',
    'play',
    'pause',
    'waiting',
    'timeupdate',
    'seeking',
    'seeked',
    'ended',
    'error',
  ]) {
    audio.addEventListener(name, () =>
      tell(element, name, { currentTime: audio.currentTime, duration: audio.duration || 0 }),
    )
  }
  return audio
}

function tell(element: HTMLElement, name: string, detail: Record<string, unknown>): void {
  element.dispatchEvent(new CustomEvent(name, { detail }))
}
