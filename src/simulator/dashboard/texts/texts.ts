import { en } from './en.js'
import { type Texts, zh } from './zh.js'

export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'
export const texts: Texts = language === 'zh' ? zh : en
