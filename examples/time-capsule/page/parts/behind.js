import { h } from '../dom.js'
import { t } from '../texts.js'
import { prepareWechat } from '../wechat.js'
import { lastDelivery } from './photo-field.js'

/** What the middlewares did for this page: worth a look for who builds one, out of the way of who writes a letter. */
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

/** The simulator asks who one is on its own page; the next request here then logs that person in. */
function logout() {
  void fetch('/wechat/auth/logout', { method: 'POST', keepalive: true })
}
