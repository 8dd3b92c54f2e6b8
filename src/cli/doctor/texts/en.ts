import { answerOfErrcode, WECHAT_ERRCODES } from '../../../errors/wechat-errcodes.js'
import {
  STORE_FAILURE_REMEDIES,
  type TokenStoreUnavailableReason,
} from '../../../tokens/stores/store-failure.js'
import type { CheckId } from '../check-ids.js'
import type { Advice, CheckState } from '../outcome.js'
import type { CookieRefusal, RefusedCookie } from '../site/cookie-jar.js'
import type { RefusalFacts } from './refusal.js'

const PLATFORM = '微信开发者平台 > 我的业务 > 公众号/服务号 > 基础信息'
const PROXY_REMEDY =
  'behind a proxy set app.set("trust proxy", 1), let the proxy send X-Forwarded-Proto and X-Forwarded-Host (nginx: ' +
  'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host), or set WECHAT_PUBLIC_URL'

const labels: Record<CheckId, string> = {
  settings: 'settings',
  'app-id': 'AppID',
  'app-secret': 'AppSecret',
  'secret-frozen': 'frozen secret',
  'ip-whitelist': 'IP whitelist, token call',
  administrator: 'confirmation by the administrator',
  token: 'access token',
  'ordinary-call': 'IP whitelist, ordinary call',
  'token-mode': 'token mode',
  quota: 'quota',
  ticket: 'jsapi_ticket',
  clock: 'clock',
  'public-url': 'public URL',
  'redirect-domain': 'web authorization domain',
  'verify-file': 'MP_verify file',
  login: 'login of the app',
  'redirect-uri': 'redirect_uri',
  'proxy-headers': 'proxy headers',
  cookies: 'cookies',
  redis: 'Redis',
  'redis-memory': 'Redis memory',
  'redis-persistence': 'Redis persistence',
  'redis-latency': 'Redis latency',
}

const stateWords: Record<CheckState, string> = {
  ok: 'ok',
  warning: 'warning',
  fault: 'FAULT',
  skipped: 'skipped',
}

const cookieRefusals: Record<CookieRefusal, string> = {
  'other-domain': 'its Domain does not cover this host',
  'secure-over-http': 'it is Secure, and the address is http',
  'bad-prefix': 'its __Host- or __Secure- prefix does not fit its attributes',
}

export const en = {
  labels,
  stateWords,
  list: (names: readonly string[]) => names.join(', '),
  line: (label: string, word: string, text: string) => `${label}${word && ` (${word})`}: ${text}`,
  reading: 'checking',
  notChecked: 'Not checked:',
  remedy: 'What to do:',
  allWell: 'All that was checked is well.',
  summary: (faults: number, warnings: number) => `${faults} fault(s), ${warnings} warning(s).`,
  calls: (count: number) =>
    count === 0
      ? 'No call was made to WeChat.'
      : `${count} calls were made to WeChat, which count for the day's quota.`,

  refusal({ endpoint, errcode, errmsg, address }: RefusalFacts): Advice {
    const meaning = WECHAT_ERRCODES[errcode]?.meaning ?? errmsg
    const remedy = answerOfErrcode(endpoint, errcode).remedy
    const where = address === undefined ? '' : `the address to add is ${address}: `
    return {
      text: `WeChat refused ${endpoint} with ${errcode}: ${meaning}${address === undefined ? '' : ` (${address})`}`,
      remedy:
        remedy === undefined ? `see https://developers.weixin.qq.com, 全局返回码 ${errcode}` : where + remedy,
    }
  },
  refusedBefore: { text: 'not known, since there is no token' },
  tokenSource: { text: 'the token comes from WECHAT_TOKEN_SOURCE_URL: run the doctor there too' },
  noCredentials: { text: 'needs a right AppID and AppSecret' },

  settings: {
    ok: { text: 'the variables can be read' },
    wrong: (message: string): Advice => ({
      text: message,
      remedy: 'correct the variable that the message names',
    }),
  },
  appId: {
    ok: (appId: string): Advice => ({ text: appId }),
    missing: {
      text: 'WECHAT_APP_ID is not set',
      remedy: `copy the AppID (${PLATFORM}) into WECHAT_APP_ID, or name the file with --env-file`,
    },
    shape: {
      text: 'WECHAT_APP_ID does not look like an AppID, which is "wx" and 16 hexadecimal digits',
      remedy: `copy the AppID again (${PLATFORM}), without blanks or quotes`,
    },
  },
  appSecret: {
    ok: { text: 'WeChat accepts it' },
    missing: {
      text: 'WECHAT_APP_SECRET is not set',
      remedy: `copy the AppSecret (${PLATFORM} > 开发密钥) into WECHAT_APP_SECRET`,
    },
    shape: {
      text: 'WECHAT_APP_SECRET does not look like an AppSecret, which is 32 hexadecimal digits',
      remedy: `copy the AppSecret again (${PLATFORM} > 开发密钥), without blanks or quotes`,
    },
  },
  secretFrozen: { ok: { text: 'the AppSecret is not frozen' } },
  ipWhitelist: { ok: { text: 'WeChat accepts token calls of this server' } },
  administrator: { ok: { text: 'no confirmation is needed' } },
  token: {
    ok: (minutes: number): Advice => ({
      text: `a token came, valid for ${minutes} minutes; running ones stay valid`,
    }),
    forced: {
      text: 'a new token came from /cgi-bin/token',
      remedy:
        'the token before it works for five more minutes; restart software that holds it, or let it fetch again',
    },
    failed: (detail: string): Advice => ({
      text: detail,
      remedy:
        'check DNS, firewall and proxy of this server (WECHAT_PROXY_URL), and WECHAT_API_BASE_URL if it is set',
    }),
  },
  ordinaryCall: {
    refusedBefore: { text: 'not known, since WeChat refuses ordinary calls' },
    ok: { text: 'WeChat accepts calls with a token of this server' },
    otherAddress: (refusal: string) =>
      `${refusal}. The token call was accepted, so this server has several addresses towards WeChat, or the list was changed`,
  },
  tokenMode: {
    stable: {
      text: 'stable: all callers get one token. Only force_refresh by some program ends it early',
    },
    legacy: {
      text:
        'legacy: each call of /cgi-bin/token by any program replaces the token, and the one before works for five ' +
        'more minutes. The doctor asked stable_token instead, which WeChat keeps apart, so the running token was not ' +
        'touched (--allow-token-refresh asks /cgi-bin/token itself)',
    },
    legacyAsked: {
      text: 'legacy: each call of /cgi-bin/token by any program replaces the token',
    },
    legacyBeside: (used: number): Advice => ({
      text:
        `legacy beside stable: this configuration uses stable_token, and some program has called /cgi-bin/token ` +
        `${used} times today. WeChat keeps the two kinds apart, but each call of /cgi-bin/token ends the token that ` +
        'the call before it got, and a program that is given the other kind by mistake gets 40001',
      remedy:
        'find that program and let it use stable_token, or take the token from this service (accessTokenRouter). ' +
        'If it is meant to fetch its own, run the doctor with --allow-legacy-software',
    }),
    legacyBusy: (used: number): Advice => ({
      text: `/cgi-bin/token was called ${used} times today; one program with a shared store needs about 13`,
      remedy:
        'each call ends the token before it: let all programs share one store (createRedisTokenStore), or set ' +
        'WECHAT_TOKEN_MODE=stable',
    }),
  },
  quota: {
    ok: (lines: string): Advice => ({ text: `left today: ${lines}` }),
    low: (lines: string): Advice => ({
      text: `less than a tenth is left today: ${lines}`,
      remedy: 'look which program calls so often (微信开发者平台 > 接口管理)',
    }),
    empty: (lines: string): Advice => ({
      text: `nothing is left today: ${lines}`,
      remedy: answerOfErrcode('', 45009).remedy,
    }),
    unknown: (errcode: number): Advice => ({
      text: `WeChat does not tell the quota (${errcode})`,
      remedy: 'read it at 微信开发者平台 > 接口管理',
    }),
  },
  ticket: { ok: { text: 'a ticket came, so pages can be signed' } },
  clock: {
    ok: (seconds: number): Advice => ({ text: `within ${seconds} s of WeChat's` }),
    off: (seconds: number): Advice => ({
      text: `this machine's clock is ${describeSeconds(seconds)} of WeChat's`,
      remedy:
        'synchronize the clock (timedatectl set-ntp true, chronyc makestep, w32tm /resync). Logins that one server ' +
        'begins and another finishes expire after ten minutes by these clocks',
    }),
    unknown: { text: 'no answer of WeChat told the time' },
  },
  publicUrl: {
    ok: (url: string): Advice => ({ text: url }),
    missing: {
      text: 'WECHAT_PUBLIC_URL is not set, so addresses are made from the Host header of requests',
      remedy: 'set WECHAT_PUBLIC_URL to the address of the router, such as https://m.example.com/wechat',
    },
    shape: {
      text: 'WECHAT_PUBLIC_URL is not the address of a router',
      remedy: 'write it as https://m.example.com/wechat, without query, fragment and /auth/code',
    },
    notHttps: {
      text: 'WECHAT_PUBLIC_URL is not https',
      remedy: 'serve the site over https, and write https:// in WECHAT_PUBLIC_URL',
    },
    notDomain: {
      text: 'the host of WECHAT_PUBLIC_URL is an IP address, which only test accounts may use',
      remedy: 'use a domain with an ICP filing (备案)',
    },
  },
  redirectDomain: {
    ok: (host: string): Advice => ({ text: `WeChat's authorize page accepts ${host}` }),
    refused: (host: string): Advice => ({
      text: `WeChat's authorize page shows 10003: ${host} is not the account's web authorization domain (网页授权域名)`,
      remedy: `enter ${host}, without https:// and path, at mp.weixin.qq.com > 功能设置 > 网页授权域名`,
    }),
    otherPage: (number: string): Advice => ({
      text: `WeChat's authorize page shows ${number}`,
      remedy: AUTHORIZE_REMEDIES[number] ?? 'look the number up in the documents of 网页授权',
    }),
    unknown: (host: string): Advice => ({
      text: `WeChat tells this only to its own app. Compare it yourself: 网页授权域名 must be ${host} (mp.weixin.qq.com > 功能设置)`,
    }),
    noPublicUrl: { text: 'needs WECHAT_PUBLIC_URL or --url' },
    failed: (host: string, code: string): Advice => ({
      text: `the authorize page at ${host} does not answer (${code})`,
      remedy: 'check WECHAT_OPEN_BASE_URL if it is set; else the network of this server',
    }),
  },
  verifyFile: {
    ok: (address: string): Advice => ({ text: `${address} answers as WeChat expects` }),
    notNamed: { text: 'name it with --verify-file MP_verify_….txt' },
    noPublicUrl: { text: 'needs WECHAT_PUBLIC_URL or --url' },
    missing: (address: string, status: number): Advice => ({
      text: `${address} answers ${status} instead of the file by which WeChat verifies the domain`,
      remedy: VERIFY_FILE_REMEDY,
    }),
    wrongText: (address: string): Advice => ({
      text: `${address} answers, but not with the text of the file: often a page of a single-page app`,
      remedy: VERIFY_FILE_REMEDY,
    }),
    failed: (address: string, code: string): Advice => ({
      text: `${address} does not answer (${code})`,
      remedy: 'check DNS, certificate and firewall of the site',
    }),
  },
  login: {
    ok: (address: string): Advice => ({ text: `${address} redirects to WeChat` }),
    noUrl: { text: 'needs --url' },
    failed: (address: string, code: string): Advice => ({
      text: `${address} does not answer (${code})`,
      remedy: 'check that the app runs, and DNS, certificate and firewall of the site',
    }),
    otherStatus: (address: string, status: number): Advice => ({
      text: `${address} answers ${status} instead of redirecting to WeChat`,
      remedy: LOGIN_REMEDIES[status] ?? 'look at the warnings of the app (WechatWarning, on standard error)',
    }),
    elsewhere: (address: string, origin: string): Advice => ({
      text: `${address} redirects to ${origin}, which is not WeChat's authorize page`,
      remedy: 'name the login with --login-path, and check WECHAT_OPEN_BASE_URL of the app',
    }),
    otherApp: (appId: string): Advice => ({
      text: `the app logs in with the AppID ${appId}, which is not that of this environment`,
      remedy: 'give the doctor the environment of the app (--env-file)',
    }),
  },
  redirectUri: {
    ok: (origin: string): Advice => ({ text: origin }),
    needsLogin: { text: 'needs a login that redirects to WeChat' },
    notHttps: (origin: string): Advice => ({
      text: `redirect_uri is ${origin}, not https`,
      remedy: PROXY_REMEDY,
    }),
    otherOrigin: (origin: string, publicOrigin: string): Advice => ({
      text: `redirect_uri is at ${origin}, and WECHAT_PUBLIC_URL at ${publicOrigin}`,
      remedy: 'give the app the same WECHAT_PUBLIC_URL, and restart it',
    }),
  },
  proxyHeaders: {
    ok: { text: 'the app knows the address by which browsers reach it' },
    lost: (asked: string, seen: string): Advice => ({
      text: `the app was asked at ${asked} and takes itself for ${seen}: X-Forwarded-Proto or X-Forwarded-Host does not arrive, or is not trusted`,
      remedy: PROXY_REMEDY,
    }),
  },
  cookies: {
    ok: { text: 'the cookie of the login comes back. A whole login needs a person in WeChat' },
    wholeLogin: { text: 'the cookies survive a whole login' },
    noneSet: {
      text: 'the login sets no cookie: something between drops Set-Cookie',
      remedy: 'let the proxy or CDN pass Set-Cookie on, and cache nothing below the login path',
    },
    refused: ({ name, why }: RefusedCookie): Advice => ({
      text: `browsers do not keep the cookie ${name}: ${cookieRefusals[why]}`,
      remedy:
        'correct the cookie option of express-session: no foreign "domain", and "secure" only over https',
    }),
    lost: {
      text: 'the cookie of the login does not come back to the app',
      remedy:
        'let the proxy pass the Cookie header on, and give all processes the same WECHAT_APP_SECRET. A CDN must not cache the login',
    },
    sessionLost: {
      text: 'the login ends, but the session cookie does not come back: the person is not logged in',
      remedy:
        'check domain, path, secure and sameSite ("lax") of the session cookie, one SESSION_SECRET for all processes, and a store that they share',
    },
    loginFailed: (status: number): Advice => ({
      text: `cookies are lost between the login and its callback: a login through the simulator ends with ${status}`,
      remedy:
        'WeChat or a proxy loses the cookies of the login. Serve login and callback at one host (WECHAT_PUBLIC_URL), and see the warnings of the app',
    }),
  },
  redis: {
    ok: (version: string): Advice => ({ text: `reachable, version ${version}` }),
    noUrl: { text: 'needs REDIS_URL' },
    noPackage: { text: 'the package "redis" is not installed', remedy: 'npm install redis' },
    otherForm: { text: 'REDIS_URL names a cluster or sentinels; give the doctor the URL of one server' },
    shape: { text: 'REDIS_URL is no redis:// or rediss:// address', remedy: 'write redis://host:6379' },
    failed: (reason: TokenStoreUnavailableReason): Advice => ({
      text: `Redis failed (${reason})`,
      remedy: redisRemedies[reason] ?? STORE_FAILURE_REMEDIES[reason],
    }),
    old: (version: string): Advice => ({
      text: `version ${version}; the token store needs 5 or newer`,
      remedy: 'upgrade Redis',
    }),
    unknown: { text: 'Redis does not tell it' },
    needsConnection: { text: 'needs a connection to Redis' },
  },
  redisMemory: {
    ok: (policy: string): Advice => ({ text: `maxmemory-policy ${policy}` }),
    evicts: (policy: string): Advice => ({
      text: `maxmemory-policy ${policy} evicts sessions and tokens if memory gets short`,
      remedy: 'CONFIG SET maxmemory-policy noeviction, or give sessions and tokens a Redis of their own',
    }),
  },
  redisPersistence: {
    ok: { text: 'data survives a restart' },
    none: {
      text: 'neither AOF nor RDB: a restart of Redis logs everybody out',
      remedy: 'CONFIG SET appendonly yes, if logins shall outlive a restart',
    },
    failing: {
      text: 'the last save to the disk failed, so Redis may refuse writes (MISCONF)',
      remedy: STORE_FAILURE_REMEDIES['not-persisting'],
    },
  },
  redisLatency: {
    ok: (ms: number): Advice => ({ text: `${ms} ms` }),
    slow: (ms: number): Advice => ({
      text: `${ms} ms for a PING; the token store waits 300 ms at most`,
      remedy: 'move Redis nearer to the app, or find what loads it (SLOWLOG GET)',
    }),
  },
}

/** The type of the English texts, by which the compiler checks that the Chinese ones are complete. */
export type Texts = typeof en

function describeSeconds(seconds: number): string {
  const amount = Math.abs(seconds)
  const size = amount < 120 ? `${amount} s` : `${Math.round(amount / 60)} minutes`
  return `${size} ${seconds > 0 ? 'ahead' : 'behind'}`
}

const VERIFY_FILE_REMEDY =
  'serve the file at the root of the site before all other handlers: app.use(domainVerificationHandler({ fileName })). ' +
  'A proxy or single-page app must not answer its path'

const AUTHORIZE_REMEDIES: Readonly<Record<string, string>> = {
  10004: 'the account is banned: see the notice at mp.weixin.qq.com',
  10005: 'web authorization needs a certified service account (服务号), or a test account',
  10006: 'people must follow a test account before they log in',
  10009: 'wait, and look which program asks so often',
  10016: 'use the AppID of the Official Account, not that of a website or a mini program',
}

const LOGIN_REMEDIES: Readonly<Record<number, string>> = {
  400: 'the app refuses this address: check the Host header that the proxy sends, and that --url is https if the site is',
  403: 'something before the app refuses the visit: check its firewall rules',
  404: 'the router is mounted elsewhere: name the login with --login-path /path/auth',
  500: `the session cookie is "secure" and the app takes the visit for http, most likely: ${PROXY_REMEDY}`,
  502: 'the proxy does not reach the app: check that the app runs',
  503: 'the login sees no session: mount app.use(session(…)) before wechatAuthRouter(), and check the session store',
}

/** The remedies for the doctor's own Redis client, if those for an app's token store do not fit. */
const redisRemedies: Partial<Record<TokenStoreUnavailableReason, string>> = {
  connection: 'check that Redis runs, host and port in REDIS_URL, and the firewalls between',
  unknown: 'check the log of Redis',
}
