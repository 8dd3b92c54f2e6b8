import { h } from '../dom.js'
import { t } from '../texts.js'
import { prepareWechat } from '../wechat.js'
import { lastDelivery } from './photo-field.js'

/** Shows developers what the middlewares did for this page. It is closed at first, so it does not distract writers. */
export function behindTheScenes({ openid, simulatorUrl }) {
  const signing = h('dd', { id: 'signing' }, t.signing)
  prepareWechat().then(
    () => {
      signing.textContent = `✓ ${t.signed}`
    },
    error => {
      signing.textContent = `✗ ${error.message}`
    },
  )
  const media = lastDelivery()
  return h(
    'details',
    { className: 'behind' },
    h('summary', {}, t.behind),
    h(
      'dl',
      {},
      h('dt', {}, t.behindOpenid),
      h('dd', { id: 'openid' }, openid),
      h('dt', {}, t.behindSigning),
      signing,
      h('dt', {}, t.behindMedia),
      h('dd', { id: 'media' }, media ? `✓ ${t.mediaBack(media.kilobytes, media.type)}` : t.noMediaYet),
    ),
    simulatorUrl && h('p', {}, h('a', { href: simulatorUrl, target: '_blank', onclick: logout }, t.logout)),
  )
}

/** Logs the person out. The link opens the simulator's page, where another person can be chosen for the next login. */
function logout() {
  void fetch('/wechat/auth/logout', { method: 'POST', keepalive: true })
}
