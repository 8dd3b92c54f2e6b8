import { h } from '../dom.js'
import { envelope } from '../parts/envelope.js'
import { t } from '../texts.js'

const scanPage = `/wechat/auth/scan?${new URLSearchParams({ state: '/', scope: 'snsapi_userinfo' })}`

/** In WeChat the page offers no QR code, because a phone can't scan its own screen. A frame is the simulator's phone. */
function isInWechat() {
  return /MicroMessenger/i.test(navigator.userAgent) || window.self !== window.top
}

/** Builds the screen of a visitor who is not logged in: what the app is, and the ways to log in. */
export function startScreen() {
  return h(
    'div',
    { className: 'home' },
    h(
      'header',
      { className: 'hero' },
      h('div', { className: 'seal', 'aria-hidden': 'true' }, '封'),
      h('h1', {}, t.title),
      h('p', {}, t.tagline),
    ),
    h('section', { className: 'empty' }, envelope('empty'), h('p', {}, t.startText)),
    h(
      'footer',
      { className: 'action-bar' },
      h('a', { className: 'primary', href: '/enter' }, t.enter),
      ...(isInWechat() ? [] : [h('a', { className: 'secondary', href: scanPage }, t.enterByScan)]),
    ),
  )
}
