/** The checks in the order in which they run. Their names are a part of the JSON output, so they don't change. */
export const checkIds = [
  'settings',
  'app-id',
  'app-secret',
  'secret-frozen',
  'ip-whitelist',
  'administrator',
  'token',
  'ordinary-call',
  'token-mode',
  'quota',
  'ticket',
  'clock',
  'public-url',
  'redirect-domain',
  'verify-file',
  'login',
  'redirect-uri',
  'proxy-headers',
  'cookies',
  'redis',
  'redis-memory',
  'redis-persistence',
  'redis-latency',
] as const

export type CheckId = (typeof checkIds)[number]
