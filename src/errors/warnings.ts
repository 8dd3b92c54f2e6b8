export interface WarningEntry {
  /** What this package noticed, in English. */
  en: string
  /** What a developer or operator does about it. */
  remedy: string
}

/** Warnings that belong to no failed request. `docs/errors.md` is generated from this table too. */
export const WARNINGS = {
  no_public_url: {
    en: 'In production, no publicUrl (WECHAT_PUBLIC_URL) is set, so addresses are made from the Host header of requests',
    remedy: 'Set it to the address at which browsers reach the router, mount path included',
  },
  public_url_path: {
    en: 'The path of publicUrl (WECHAT_PUBLIC_URL) does not end in the path at which the router is mounted',
    remedy:
      'Add the mount path, as in https://m.example.com/wechat. If a proxy maps the one path to the other, ignore it',
  },
  foreign_origin: {
    en: 'A login or a signature was refused, because the page is of an origin that is not allowed',
    remedy:
      'If the page is yours, add its origin to allowedOrigins (WECHAT_ALLOWED_ORIGINS). If a proxy or a development server serves the router at that origin, set publicUrl (WECHAT_PUBLIC_URL)',
  },
  legacy_store: {
    en: 'In legacy mode, processes without a shared store invalidate each other’s token on every refresh',
    remedy: 'Pass a shared store, unless this process is the only one',
  },
  token_store: {
    en: 'The token store refused a call or did not answer; the message names the reason',
    remedy: 'The message says what to do for this reason',
  },
  redis_settings: {
    en: 'The settings of the Redis client let requests wait for long while Redis is down',
    remedy: 'Create the client with resilientRedisOptions()',
  },
  proxy_variable: {
    en: 'A variable such as HTTPS_PROXY names a proxy that cannot be used, so requests go out directly',
    remedy: 'Correct the variable, install socks-proxy-agent for a SOCKS proxy, or name the host in NO_PROXY',
  },
  push_refused: {
    en: 'A push was refused, which WeChat could have sent; the message says why',
    remedy: 'The message says what to do. Each reason is reported once, so read the first one after a start',
  },
  push_plain_mode: {
    en: 'Messages are received in plain mode, in which the signature does not cover the body of a push',
    remedy:
      'Choose the secure mode in WeChat’s console, and set encodingAesKey (WECHAT_PUSH_AES_KEY). Until then, who has seen one push can send others for ten minutes',
  },
  push_duplicates: {
    en: 'The token store is down, so a message that is delivered to several processes can run in each of them',
    remedy: 'See the warning of the token store. Messages are answered meanwhile',
  },
  push_late_reply: {
    en: 'A reply to a message came after the last delivery of WeChat, and was lost',
    remedy: 'Give messageHandler a function late, which sends it by sendCustomerMessage',
  },
} as const satisfies Record<string, WarningEntry>

export type WarningCode = keyof typeof WARNINGS
