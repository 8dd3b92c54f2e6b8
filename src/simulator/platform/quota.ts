import { type Clock, chinaDay, chinaMonth } from '../util/clock.js'
import { simulatedApiPaths } from './api-paths.js'
import type { PlatformConfig } from './platform-config.js'
import { Refusal } from './refusal.js'

/** The name by which forced refreshes are counted. They have a daily limit besides their path's. */
export const forcedRefresh = '/cgi-bin/stable_token#force_refresh'

/**
 * The daily limits of a certified account. Paths that this simulator does not have are listed for `openapi/quota/get`.
 */
const dailyLimits: Readonly<Record<string, number>> = {
  '/cgi-bin/token': 2_000,
  '/cgi-bin/stable_token': 500_000,
  [forcedRefresh]: 20,
  '/cgi-bin/media/upload': 100_000,
  '/cgi-bin/media/get': 200_000,
  '/cgi-bin/user/info': 5_000_000,
  '/cgi-bin/user/get': 500,
  '/cgi-bin/menu/create': 1_000,
  '/cgi-bin/qrcode/create': 100_000,
  '/cgi-bin/message/custom/send': 500_000,
  '/cgi-bin/message/template/send': 100_000,
}

const testAccountDailyLimits: Readonly<Record<string, number>> = {
  '/cgi-bin/token': 200,
  '/cgi-bin/media/upload': 500,
  '/cgi-bin/media/get': 1_000,
  '/cgi-bin/user/info': 500_000,
  '/cgi-bin/qrcode/create': 10_000,
}

const minuteLimits: Readonly<Record<string, number>> = {
  '/cgi-bin/stable_token': 10_000,
  '/sns/oauth2/access_token': 50_000,
  '/sns/oauth2/refresh_token': 50_000,
  '/sns/userinfo': 50_000,
}

const clearsPerMonth = 10

export interface QuotaReading {
  daily_limit: number
  used: number
  remain: number
}

export interface Quota {
  /** Counts a call. Throws 45009 at the daily limit, and 45011 at the limit of the minute. */
  spend(path: string): void
  /** Reads the daily limit of a path and today's calls. Throws 76021 for an unknown path. */
  read(path: string): QuotaReading
  /** The limit per minute of this path; undefined without one. */
  readRateLimit(path: string): { call_count: number; refresh_second: number } | undefined
  /** Sets all daily counters to zero. Throws 48006 from the 11th time in a month on. */
  clear(): void
}

export function createQuota(clock: Clock, config: PlatformConfig): Quota {
  const used = new Map<string, { period: string; count: number }>()

  function counter(kind: 'day' | 'minute' | 'month', path: string) {
    const now = clock.now()
    const periods = { day: chinaDay(now), minute: String(Math.floor(now / 60_000)), month: chinaMonth(now) }
    const key = `${kind} ${path}`
    const kept = used.get(key)
    if (kept?.period === periods[kind]) return kept
    const fresh = { period: periods[kind], count: 0 }
    used.set(key, fresh)
    return fresh
  }

  function dailyLimit(path: string): number {
    const ofTestAccount = config.testAccount ? testAccountDailyLimits[path] : undefined
    return config.dailyLimits[path] ?? ofTestAccount ?? dailyLimits[path] ?? Number.POSITIVE_INFINITY
  }

  function minuteLimit(path: string): number | undefined {
    return config.minuteLimits[path] ?? minuteLimits[path]
  }

  function isKnown(path: string): boolean {
    return simulatedApiPaths.includes(path) || path in dailyLimits || path in config.dailyLimits
  }

  return {
    spend(path) {
      const day = counter('day', path)
      const minute = counter('minute', path)
      if (day.count >= dailyLimit(path)) throw new Refusal(45009)
      if (minute.count >= (minuteLimit(path) ?? Number.POSITIVE_INFINITY)) throw new Refusal(45011)
      day.count += 1
      minute.count += 1
    },
    read(path) {
      if (!isKnown(path)) throw new Refusal(76021)
      // A path without a published limit has Infinity, which JSON can't express, so it gets the platform's largest limit.
      const limit = Math.min(dailyLimit(path), 5_000_000)
      const { count } = counter('day', path)
      return { daily_limit: limit, used: count, remain: Math.max(0, limit - count) }
    },
    readRateLimit(path) {
      const limit = minuteLimit(path)
      return limit === undefined ? undefined : { call_count: limit, refresh_second: 60 }
    },
    clear() {
      const month = counter('month', 'clear_quota')
      if (month.count >= clearsPerMonth) throw new Refusal(48006)
      month.count += 1
      for (const key of used.keys()) if (key.startsWith('day ')) used.delete(key)
    },
  }
}
