import type { Person } from '../platform/people.js'
import { html } from './html.js'
import type { Language, Page } from './page.js'
import { personChoices } from './person-choices.js'

const words = {
  zh: {
    title: '微信模拟器正在运行',
    account: '公众号 AppID',
    explanation: '选好身份后，静默授权（snsapi_base）会直接以此人登录，像真实的微信一样。',
    save: '以此身份使用',
    forget: '每次询问',
    now: '当前身份',
    nobody: '每次询问',
  },
  en: {
    title: 'The WeChat simulator is running',
    account: 'App id of the account',
    explanation:
      'Once you are somebody, a silent login (snsapi_base) logs that person in at once, as in WeChat.',
    save: 'Be this person',
    forget: 'Ask each time',
    now: 'At the phone',
    nobody: 'ask each time',
  },
} as const

export function homePage(
  language: Language,
  { appId, people, chosen }: { appId: string; people: readonly Person[]; chosen: Person | undefined },
): Page {
  const text = words[language]
  return {
    language,
    title: text.title,
    body: html`<h1>${text.title}</h1>
<p>${text.account}: <code>${appId}</code></p>
<p>${text.explanation}</p>
<p>${text.now}: <strong>${chosen?.nickname ?? text.nobody}</strong></p>
<form method="post">
${personChoices(language, { people, chosen, avatarBase: '' })}
<div class="choices"><button class="allow">${text.save}</button><button name="forget">${text.forget}</button></div>
</form>`,
  }
}
