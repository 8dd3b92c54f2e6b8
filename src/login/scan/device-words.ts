/** What the phone shows of the desktop. The words come from this list, never from the User-Agent's own text. */
export interface DeviceWords {
  browser: string
  system: string
}

interface Word {
  pattern: RegExp
  zh: string
  en: string
}

/** The first pattern that matches counts: most browsers name others in their User-Agent too. */
const BROWSERS: readonly Word[] = [
  { pattern: /\bEdgA?\//, zh: 'Edge 浏览器', en: 'Edge' },
  { pattern: /\bOPR\//, zh: 'Opera 浏览器', en: 'Opera' },
  { pattern: /\bFirefox\//, zh: 'Firefox 浏览器', en: 'Firefox' },
  { pattern: /\bQQBrowser\//, zh: 'QQ 浏览器', en: 'QQ Browser' },
  { pattern: /\bMetaSr\b/, zh: '搜狗浏览器', en: 'Sogou Explorer' },
  { pattern: /\b(?:360SE|360EE)\b/, zh: '360 浏览器', en: '360 Browser' },
  { pattern: /Chrome\//, zh: 'Chrome 浏览器', en: 'Chrome' },
  { pattern: /\bSafari\//, zh: 'Safari 浏览器', en: 'Safari' },
]

const SYSTEMS: readonly Word[] = [
  { pattern: /\bWindows\b/, zh: 'Windows 电脑', en: 'Windows' },
  { pattern: /\b(?:iPhone|iPad)\b/, zh: 'iPhone 或 iPad', en: 'iPhone or iPad' },
  { pattern: /\bMacintosh\b/, zh: 'Mac 电脑', en: 'Mac' },
  { pattern: /\b(?:HarmonyOS|OpenHarmony)\b/, zh: '鸿蒙设备', en: 'HarmonyOS' },
  { pattern: /\bAndroid\b/, zh: '安卓设备', en: 'Android' },
  { pattern: /\bCrOS\b/, zh: 'Chromebook', en: 'Chromebook' },
  { pattern: /\bLinux\b/, zh: 'Linux 电脑', en: 'Linux' },
]

const OTHER_BROWSER = { zh: '其他浏览器', en: 'another browser' }
const OTHER_SYSTEM = { zh: '其他系统', en: 'another system' }

/** The code of a browser or a system that is not in the list. */
const OTHER = 15

/** The browser and the system of a User-Agent as one byte, which fits into a ticket. */
export function toDeviceCode(userAgent: string): number {
  return findCode(BROWSERS, userAgent) * 16 + findCode(SYSTEMS, userAgent)
}

export function toDeviceWords(deviceCode: number, language: 'zh' | 'en'): DeviceWords {
  return {
    browser: (BROWSERS[deviceCode >> 4] ?? OTHER_BROWSER)[language],
    system: (SYSTEMS[deviceCode & 15] ?? OTHER_SYSTEM)[language],
  }
}

function findCode(words: readonly Word[], userAgent: string): number {
  const index = words.findIndex(({ pattern }) => pattern.test(userAgent))
  return index === -1 ? OTHER : index
}
