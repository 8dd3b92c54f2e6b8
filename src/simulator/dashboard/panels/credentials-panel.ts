import type { DashboardCredential } from '../../protocol/dashboard.js'
import { element, reconcile } from '../dom.js'
import { duration } from '../format.js'
import type { LiveData } from '../live-data.js'
import { emptyNote, panelOf, smallButton } from '../panel.js'
import { texts } from '../texts.js'

/** The account's tokens and tickets, and how they can end before their time. */
export function credentialsPanel(live: LiveData): HTMLElement {
  const { panel, body } = panelOf('credentials', texts.credentials, '')
  const act = (text: string, name: string) => smallButton(text, () => live.change(api => api.act(name)))

  for (const { title, pick, buttons } of [
    {
      title: texts.accessTokens,
      pick: 'accessTokens' as const,
      buttons: [act(texts.expire, 'expire-access-tokens'), act(texts.revoke, 'revoke-access-tokens')],
    },
    {
      title: texts.tickets,
      pick: 'tickets' as const,
      buttons: [act(texts.rotate, 'rotate-jsapi-ticket'), act(texts.revokeUsers, 'revoke-user-tokens')],
    },
  ]) {
    const list = element('ul', { class: 'credentials' })
    const empty = emptyNote(texts.noneYet)
    body.append(element('h3', { text: title }), list, empty, element('div', { class: 'buttons' }, ...buttons))
    live.add(data => {
      reconcile(list, data[pick], credentialRow)
      empty.hidden = data[pick].length > 0
      for (const left of list.querySelectorAll('output')) {
        left.textContent = texts.left(duration(Number(left.dataset.expiresAt) - data.now))
      }
    })
  }
  return panel
}

function credentialRow({ shortened, fingerprint, state, expiresAt }: DashboardCredential): HTMLElement {
  const row = element(
    'li',
    { class: `credential ${state}` },
    element('code', { text: shortened }),
    element('small', { class: 'fingerprint', text: fingerprint }),
    element('span', { class: 'state', text: texts[state] }),
  )
  if (state === 'works')
    row.append(element('output', { attributes: { 'data-expires-at': String(expiresAt) } }))
  return row
}
