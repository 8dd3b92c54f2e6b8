/** What this package knows of one of WeChat's errcodes. */
export interface Errcode {
  /** What the errcode means, in English. */
  meaning: string
  /** What a developer or operator does about it. */
  remedy: string
  /**
   * The HTTP status with which a handler answers. @default 502, because an unlisted code is an answer that can't be
   * interpreted
   */
  status?: number
  /** What the person in front of the page reads. @default a sentence for the status */
  zh?: string
  /** The endpoints at which this errcode means something else, each with the fields that differ there. */
  at?: Readonly<Record<string, { status?: number; zh?: string; remedy?: string }>>
}

const TOKEN = '/cgi-bin/token'
const STABLE_TOKEN = '/cgi-bin/stable_token'
const CODE_EXCHANGE = '/sns/oauth2/access_token'
const USER_REFRESH = '/sns/oauth2/refresh_token'
const USER_INFO = '/sns/userinfo'
const USER_CHECK = '/sns/auth'
const FOLLOWER = '/cgi-bin/user/info'
const MEDIA = '/cgi-bin/media/get'
const HD_VOICE = '/cgi-bin/media/get/jssdk'

const FOLLOW_FIRST = { status: 403, zh: '请先关注公众号' }
const CODE_IS_DEAD = '登录凭证已失效，请重新登录'

/** At endpoints that issue tokens, errcode 40001 means that the app secret is wrong; elsewhere, that the token is. */
const WRONG_SECRET = { status: 500, remedy: 'check the app secret (WECHAT_APP_SECRET)' }

/**
 * At these endpoints, some errcodes mean that the person's own token is dead, for example because the grant was
 * withdrawn or the password changed. They get 401, so that the person logs in again.
 */
const USER_TOKEN_DEAD = {
  [USER_REFRESH]: { status: 401 },
  [USER_INFO]: { status: 401 },
  [USER_CHECK]: { status: 401 },
}

/** The page of the console that holds app id, app secret and IP whitelist. */
const KEY_PAGE = '微信开发者平台 > 我的业务 > 公众号/服务号 > 基础信息 > 开发密钥'
const IP_WHITELIST = `add this server's address to the account's IP whitelist (${KEY_PAGE} > IP 白名单); it covers every API call, also one that carries a token`
/**
 * A remedy for the four errcodes of an address that the account's administrator has to confirm: an address on the IP
 * whitelist needs no confirmation.
 */
const LIST_IT = `an address on the IP whitelist needs no confirmation (${KEY_PAGE} > IP 白名单)`

/**
 * The errcodes with which WeChat answers the calls of this package, with meaning and remedy.
 *
 * @see https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html 全局返回码
 */
export const WECHAT_ERRCODES: Readonly<Record<number, Errcode>> = {
  [-1]: {
    meaning: 'WeChat is busy',
    status: 504,
    zh: '微信系统繁忙，请稍后再试',
    remedy: 'try again shortly',
  },
  40001: {
    meaning: 'the token is not the latest one, or the secret is wrong',
    remedy: 'find the other software that fetches tokens for this account, or check the secret',
    at: {
      [TOKEN]: WRONG_SECRET,
      [STABLE_TOKEN]: WRONG_SECRET,
      [CODE_EXCHANGE]: WRONG_SECRET,
      ...USER_TOKEN_DEAD,
    },
  },
  40002: { meaning: 'the grant type is wrong', status: 500, remedy: 'check that apiBaseUrl leads to WeChat' },
  40003: {
    meaning: 'the openid belongs to another account, or to another token',
    remedy: 'use the openid that this account gave',
    at: { ...USER_TOKEN_DEAD, [FOLLOWER]: FOLLOW_FIRST },
  },
  40007: {
    meaning: 'the media_id is wrong, of another account, or older than three days',
    zh: '素材不存在或已过期，请重新上传',
    remedy: 'let the page upload again, and fetch media within three days',
    at: { [MEDIA]: { status: 400 }, [HD_VOICE]: { status: 400 } },
  },
  40013: { meaning: 'the app id is wrong', status: 500, remedy: 'check the app id (WECHAT_APP_ID)' },
  40014: { meaning: 'the token is invalid', remedy: 'fetch a new one', at: USER_TOKEN_DEAD },
  40029: {
    meaning: 'the login code is wrong, or of another app id',
    zh: CODE_IS_DEAD,
    remedy: 'login codes live five minutes and belong to one app id; start the login again',
    at: { [CODE_EXCHANGE]: { status: 400 }, [USER_REFRESH]: { status: 401 } },
  },
  40030: { meaning: 'the refresh token is invalid', remedy: 'log in again', at: USER_TOKEN_DEAD },
  40125: {
    meaning: 'the app secret is wrong',
    status: 500,
    remedy: `check the app secret (WECHAT_APP_SECRET); a reset in the console (${KEY_PAGE}) ends the old one at once`,
  },
  40163: {
    meaning: 'the login code was used before',
    zh: '登录凭证已被使用，请重新登录',
    remedy: 'the callback was opened twice; start the login again',
    at: { [CODE_EXCHANGE]: { status: 400 } },
  },
  40164: {
    meaning: 'the address of this server is not on the IP whitelist',
    status: 500,
    remedy: IP_WHITELIST,
  },
  40226: {
    meaning: 'WeChat blocks this person as a risk',
    status: 403,
    zh: '该微信账号存在风险，暂时无法登录',
    remedy: 'nothing to mend here: WeChat refuses the person, not the service',
  },
  40243: {
    meaning: 'the app secret is frozen',
    status: 500,
    remedy: `an administrator unfreezes it (${KEY_PAGE}); it takes ten minutes to take effect`,
  },
  41001: { meaning: 'no access token was sent', remedy: 'check which proxy drops the query string' },
  41002: { meaning: 'no app id was sent', status: 500, remedy: 'check the app id (WECHAT_APP_ID)' },
  41004: {
    meaning: 'no app secret was sent',
    status: 500,
    remedy: 'check the app secret (WECHAT_APP_SECRET)',
  },
  41008: {
    meaning: 'no login code was sent',
    remedy: 'start the login again',
    at: { [CODE_EXCHANGE]: { status: 400 } },
  },
  42001: { meaning: 'the token has expired', remedy: 'fetch a new one', at: USER_TOKEN_DEAD },
  42002: { meaning: 'the refresh token has expired', remedy: 'log in again', at: USER_TOKEN_DEAD },
  42003: {
    meaning: 'the login code has expired',
    zh: CODE_IS_DEAD,
    remedy: 'login codes live five minutes; start the login again',
    at: { [CODE_EXCHANGE]: { status: 400 } },
  },
  42007: {
    meaning: 'the person changed the password or withdrew the grant',
    remedy: 'log in again',
    at: USER_TOKEN_DEAD,
  },
  43004: {
    meaning: 'the person does not follow the account',
    remedy: 'ask the person to follow it',
    at: { [FOLLOWER]: FOLLOW_FIRST },
  },
  43101: {
    meaning: 'the person refused the notice, or the subscription is used up',
    status: 403,
    zh: '用户未订阅该通知',
    remedy:
      'ask the person to subscribe again before sending; each consent to a one-time template is for one notice',
  },
  45009: {
    meaning: "the day's quota is used up",
    status: 429,
    remedy: 'wait until tomorrow, or clear the quota (微信开发者平台 > 接口管理)',
  },
  45011: { meaning: "the minute's quota is used up", status: 429, remedy: 'wait a minute' },
  45035: {
    meaning: 'the address of this server is not on the IP whitelist',
    status: 500,
    remedy: IP_WHITELIST,
  },
  46004: { meaning: 'there is no such person', remedy: 'check the openid', at: { [FOLLOWER]: FOLLOW_FIRST } },
  48001: {
    meaning: 'the account type or the granted scope lacks this API',
    status: 500,
    remedy:
      'see which APIs the account may call (微信开发者平台 > 接口管理); user info needs snsapi_userinfo and a certified service account',
    at: { [USER_INFO]: { status: 403, zh: '需要授权获取个人信息' } },
  },
  48004: {
    meaning: 'the API is banned for this account',
    status: 500,
    remedy: 'see the notice in the console (微信开发者平台 > 接口管理)',
  },
  50002: {
    meaning: 'WeChat has restricted this person',
    status: 403,
    zh: '该微信账号已被限制，暂时无法使用',
    remedy: 'nothing to mend here: WeChat refuses the person, not the service',
  },
  50004: { meaning: 'the account may not use tokens', status: 500, remedy: 'see the notice in the console' },
  50005: {
    meaning: 'the person has unfollowed the account',
    remedy: 'ask the person to follow it',
    at: { [FOLLOWER]: FOLLOW_FIRST },
  },
  50007: { meaning: 'the account is frozen', status: 500, remedy: 'see the notice in the console' },
  61004: {
    meaning: 'the address of this server is not on the IP whitelist',
    status: 500,
    remedy: IP_WHITELIST,
  },
  61024: {
    meaning: 'the app id belongs to a third-party platform',
    status: 500,
    remedy: 'use the app id of the Official Account; a third-party platform has its own token API',
  },
  76003: {
    meaning: 'the cgi_path has a host, or lacks its leading slash',
    status: 500,
    remedy:
      'send cgi_path as "/cgi-bin/message/custom/send"; the quotas of all APIs are at 微信开发者平台 > 接口管理',
  },
  76021: {
    meaning: 'WeChat has no API at this cgi_path',
    status: 500,
    remedy: 'check the spelling of cgi_path; the quotas of all APIs are at 微信开发者平台 > 接口管理',
  },
  76022: {
    meaning: 'the quota of this cgi_path can not be read with this token',
    status: 500,
    remedy:
      'paths under /sns/ have no quota of the account; ask for others with the token of their own account',
  },
  89501: {
    meaning: 'an administrator has to confirm the address of this server; a request is pending',
    status: 500,
    remedy: `the administrator confirms it in WeChat, then call again; ${LIST_IT}`,
  },
  89503: {
    meaning: 'an administrator has to confirm the address of this server',
    status: 500,
    remedy: `WeChat has sent the administrator a message; the administrator confirms it, then call again; ${LIST_IT}`,
  },
  89506: {
    meaning: 'the administrator refused the address of this server twice',
    status: 500,
    remedy: `it is blocked for 24 hours; ${LIST_IT}`,
  },
  89507: {
    meaning: 'the administrator refused the address of this server',
    status: 500,
    remedy: `it is blocked for an hour; ${LIST_IT}`,
  },
}

export interface ErrcodeAnswer {
  status: number
  zh: string | undefined
  remedy: string | undefined
}

/** How a handler answers this errcode of this endpoint. */
export function answerOfErrcode(endpoint: string, errcode: number): ErrcodeAnswer {
  const entry = WECHAT_ERRCODES[errcode]
  const special = entry?.at?.[endpoint]
  return {
    status: special?.status ?? entry?.status ?? 502,
    zh: special?.zh ?? entry?.zh,
    remedy: special?.remedy ?? entry?.remedy,
  }
}
