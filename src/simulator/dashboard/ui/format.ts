import { language } from '../texts/texts.js'

const locale = language === 'zh' ? 'zh-CN' : 'en-GB'
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'full' })

export const timeOfDay = (at: number) => clock.format(at)
export const formatDay = (at: number) => day.format(at)

/** Formats a duration, such as `1:58:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(seconds / 3_600)
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(hours > 0 ? 2 : 1, '0')
  return `${hours > 0 ? `${hours}:` : ''}${minutes}:${String(seconds % 60).padStart(2, '0')}`
}

/** Rounds a duration to days, hours or minutes, such as `{ count: 3, unit: 'days' }`. */
export function longDuration(ms: number): { count: number; unit: 'days' | 'hours' | 'minutes' } {
  const minutes = Math.round(ms / 60_000)
  if (minutes >= 2_880) return { count: Math.round(minutes / 1_440), unit: 'days' }
  if (minutes >= 120) return { count: Math.round(minutes / 60), unit: 'hours' }
  return { count: minutes, unit: 'minutes' }
}

export function fileSize(bytes: number): string {
  return bytes < 1_024 ? `${bytes} B` : `${(bytes / 1_024).toFixed(bytes < 10_240 ? 1 : 0)} KB`
}

/** Formats a time as the value of a `datetime-local` field, in the browser's time zone. */
export function localDateTime(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** Adds line breaks to JSON. Text that is not JSON, such as JSON that was cut, is returned as it is. */
export function readableJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
