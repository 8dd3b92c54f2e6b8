import type { Person } from '../platform/people.js'
import { type Html, html } from './html.js'

/** A drawn avatar: the first character of the name on the person's colour. */
export function avatarImage(person: Pick<Person, 'nickname' | 'avatarColour'>, size: number): Html {
  // By grapheme: half an emoji is no character.
  const [first] = new Intl.Segmenter('zh').segment(person.nickname)
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100"><rect width="100" height="100" fill="${person.avatarColour || '#8a918c'}"/><text x="50" y="52" fill="#fff" font-family="sans-serif" font-size="52" text-anchor="middle" dominant-baseline="central">${first?.segment ?? '?'}</text></svg>`
}
