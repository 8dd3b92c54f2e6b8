import { en, type Texts } from './en.js'
import { zh } from './zh.js'

export type Language = 'zh' | 'en'

export function getTexts(language: Language): Texts {
  return language === 'zh' ? zh : en
}

/** Returns `zh` if LC_ALL, LC_MESSAGES or LANG, the first that is set, names Chinese; else `en`. */
export function readLanguage({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): Language {
  return /^zh\b|^zh[_-]/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en'
}
