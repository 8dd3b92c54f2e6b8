import type { Person } from '../platform/people.js'
import { type Html, html } from './html.js'
import type { Language } from './page.js'

const words = {
  zh: { who: '你是', follower: '已关注公众号', stranger: '未关注公众号' },
  en: { who: 'You are', follower: 'follows the account', stranger: 'does not follow the account' },
} as const

/**
 * Returns a radio button for each person. One is checked and focused, so that arrow keys and Enter are enough. Avatars
 * have relative addresses, for a simulator that is mounted below a path.
 */
export function personChoices(
  language: Language,
  {
    people,
    chosen,
    avatarBase,
  }: { people: readonly Person[]; chosen: Person | undefined; avatarBase: string },
): Html {
  const text = words[language]
  const selected = chosen ?? people[0]
  const choices = people.map(person => {
    const checked = person === selected ? html` checked autofocus` : ''
    return html`<label class="person"><input type="radio" name="person" value="${person.id}"${checked}>
<img src="${avatarBase}mmopen/${person.id}/132" alt=""><span>${person.nickname}<br><small>${text[person.isFollower ? 'follower' : 'stranger']}</small></span></label>`
  })
  return html`<fieldset><legend>${text.who}</legend>
${choices}
</fieldset>`
}
