import { element, icon, icons } from './dom.js'
import { addressOf } from './simulator-api.js'
import { texts } from './texts.js'

export interface TopBar {
  bar: HTMLElement
  showAppId(appId: string): void
  showLive(isLive: boolean): void
  /** Where the page in the phone is by now. */
  showAddress(url: string): void
}

/** The bar over both pages: what this is, whether it runs, and the address that goes into the phone. */
export function topBar(current: 'dashboard' | 'phone', address: string, open: (url: string) => void): TopBar {
  const appId = element('code', { class: 'app-id' })
  const live = element('span', { class: 'live', attributes: { role: 'status' } })
  const link = (name: 'dashboard' | 'phone', href: string) =>
    element(
      'a',
      { attributes: { href, ...(name === current ? { 'aria-current': 'page' } : {}) } },
      icon(icons[name]),
      texts[name],
    )

  const input = element('input', {
    class: 'field',
    attributes: {
      type: 'url',
      required: '',
      'aria-label': texts.addressLabel,
      placeholder: 'http://127.0.0.1:3000/',
      spellcheck: 'false',
      value: address,
    },
  })
  const go = element('button', { class: 'weui-btn weui-btn_mini weui-btn_primary', text: texts.openInPhone })
  go.type = 'submit'
  const form = element('form', { class: 'address', attributes: { role: 'search' } }, input, go)
  form.addEventListener('submit', event => {
    event.preventDefault()
    open(input.value)
  })

  const bar = element(
    'header',
    { class: 'top-bar' },
    element(
      'div',
      { class: 'brand' },
      element('img', { attributes: { src: addressOf('/simulator/files/icon.svg'), alt: '' } }),
      element('h1', { text: texts.simulator }),
      element('span', { class: 'chip', text: texts.developmentOnly }),
    ),
    element('nav', {}, link('dashboard', addressOf('/')), link('phone', addressOf('/phone'))),
    form,
    element('div', { class: 'state-of-it' }, appId, live),
  )
  return {
    bar,
    showAppId(id) {
      appId.textContent = id
    },
    showAddress(url) {
      if (document.activeElement !== input) input.value = url
    },
    showLive(isLive) {
      const text = isLive ? texts.live : texts.offline
      // Said once, not at each reading.
      if (live.textContent !== text) live.textContent = text
      live.classList.toggle('on', isLive)
    },
  }
}
