import { faultWords } from '../../texts/fault-words.js'
import { texts } from '../../texts/texts.js'
import { duration } from '../../ui/format.js'
import { useChanges, useSeconds } from '../../ui/observable.js'
import { Button, EmptyNote } from '../../ui/parts.js'
import { useWorkspace, type Workspace } from '../../workspace.js'

/** For each path, what makes an app call it: a login, or a token that has ended. Other paths need a reload of the page. */
const triggers: Readonly<Record<string, 'login' | 'token'>> = {
  '/connect/oauth2/authorize': 'login',
  '/sns/oauth2/access_token': 'login',
  '/sns/userinfo': 'login',
  '/cgi-bin/stable_token': 'token',
  '/cgi-bin/token': 'token',
  '/cgi-bin/ticket/getticket': 'token',
}

/** The planned faults: which call gets each of them, and a button that makes the call happen now. */
export function PlannedFaults() {
  const { live } = useWorkspace()
  useChanges(live)
  const planned = Object.entries(live.data?.faults ?? {}).filter(([, names]) => names.length > 0)
  if (planned.length === 0) return <EmptyNote text={texts.noFaults} />
  return (
    <div class="waiting">
      <h4>{texts.waiting}</h4>
      <ul class="planned" aria-label={texts.waiting}>
        {planned.map(([path, names]) => (
          <li key={path}>
            <code>{path}</code>
            <p class="planned-names">{grouped(names).join('、')}</p>
            <When path={path} />
          </li>
        ))}
      </ul>
      <Button text={texts.clear} onClick={() => void live.change(api => api.clearFaults())} />
    </div>
  )
}

function When({ path }: { path: string }) {
  const workspace = useWorkspace()
  const { live, phone } = workspace
  useChanges(phone)
  useSeconds()
  const trigger = triggers[path]
  const token = live.data?.accessTokens.find(({ state }) => state === 'works')
  const text =
    trigger === undefined ? texts.nowReload : { login: texts.nowLogin, token: texts.nowToken }[trigger]
  return (
    <>
      <p class="quiet">
        {texts.happens[path]}
        {trigger === 'token' && token && ` ${texts.tokenLeft(duration(token.expiresAt - (live.now ?? 0)))}`}
      </p>
      {phone.url && <Button text={text} onClick={() => void bringAbout(workspace, trigger)} />}
    </>
  )
}

async function bringAbout({ live, phone }: Workspace, trigger: 'login' | 'token' | undefined): Promise<void> {
  const personId = live.data?.personId ?? undefined
  if (trigger === 'login') {
    await live.change(async api => {
      await api.signOut()
      // The cookie of the chosen person was deleted too, so the person is chosen again.
      await api.bePerson(personId)
    })
  }
  if (trigger === 'token') {
    await live.change(async api => {
      await api.act('expire-access-tokens')
      await api.act('rotate-jsapi-ticket')
    })
  }
  phone.open(phone.url)
}

/** Joins equal names: `reset, reset, reset` becomes `reset × 3`. */
function grouped(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => (count > 1 ? `${faultWords(name)} × ${count}` : faultWords(name)))
}
