import type { DashboardCredential } from '../../protocol/dashboard.js'
import { texts } from '../texts/texts.js'
import { duration } from '../ui/format.js'
import { useChanges, useSeconds } from '../ui/observable.js'
import { Button, EmptyNote, Section } from '../ui/parts.js'
import { useWorkspace } from '../workspace.js'

/** The account's tokens and tickets, with buttons that end these, or the tokens of users' logins, early. */
export function TokensTab() {
  const { live } = useWorkspace()
  useChanges(live)
  useSeconds()
  const act = (text: string, name: string) => (
    <Button text={text} onClick={() => void live.change(api => api.act(name))} />
  )
  return (
    <>
      <Section title="access_token" note={texts.tokensNote}>
        <Credentials items={live.data?.accessTokens ?? []} now={live.now ?? 0} />
        <div class="buttons">
          {act(texts.expire, 'expire-access-tokens')}
          {act(texts.revoke, 'revoke-access-tokens')}
        </div>
      </Section>
      <Section title="jsapi_ticket">
        <Credentials items={live.data?.tickets ?? []} now={live.now ?? 0} />
        <div class="buttons">{act(texts.rotate, 'rotate-jsapi-ticket')}</div>
      </Section>
      <Section title={texts.userLogins} note={texts.userLoginsNote}>
        <div class="buttons">{act(texts.revokeUsers, 'revoke-user-tokens')}</div>
      </Section>
    </>
  )
}

function Credentials({ items, now }: { items: readonly DashboardCredential[]; now: number }) {
  if (items.length === 0) return <EmptyNote text={texts.noneYet} />
  return (
    <ul class="credentials">
      {items.map(({ shortened, fingerprint, state, expiresAt }) => (
        <li key={fingerprint} class={`credential ${state}`}>
          <code>{shortened}</code>
          <small class="fingerprint">{fingerprint}</small>
          <span class="state">{texts[state]}</span>
          {state === 'works' && <span class="left">{texts.left(duration(expiresAt - now))}</span>}
        </li>
      ))}
    </ul>
  )
}
