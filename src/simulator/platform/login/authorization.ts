import { isOauthDomain } from '../domains.js'
import type { PlatformConfig } from '../platform-config.js'

/** What an authorize address asks for. */
export interface AuthorizeRequest {
  redirectUri: string
  scope: 'snsapi_base' | 'snsapi_userinfo'
  state: string
  forceSnapshot: boolean
  /** The id of the person who logs in, from `?person=`, a parameter that only the simulator has. */
  personId: string | undefined
  /** Mistakes that the platform sometimes refuses and sometimes accepts. */
  warnings: string[]
  /** `warnings` in Chinese. */
  warningsZh: string[]
}

/** The parsed request, or the error page that WeChat would show instead of the login, and why. */
export type AuthorizeCheck =
  | { isAcceptable: true; request: AuthorizeRequest }
  /** `reason` is English, `reasonZh` the same in Chinese. */
  | { isAcceptable: false; errorPage: number | undefined; reason: string; reasonZh?: string }

/** The number of the error page for each missing parameter, in the order in which the platform checks them. */
const missingErrorPages = [
  ['appid', 10012],
  ['redirect_uri', 10011],
  ['scope', 10010],
  ['state', 10013],
] as const

const documentedOrder = ['appid', 'redirect_uri', 'response_type', 'scope', 'state']

const wrongOrder = {
  en: `the parameters are not in the documented order: ${documentedOrder.join(', ')}`,
  zh: `参数的顺序与文档不一致，应为 ${documentedOrder.join('、')}`,
}

/** Reads the query of an authorize address as strictly as the platform does. */
export function checkAuthorizeQuery(
  query: URLSearchParams,
  appId: string,
  config: PlatformConfig,
): AuthorizeCheck {
  const isOrdered = hasDocumentedOrder(query)
  const refusal =
    findMissingParameter(query) ??
    checkApp(query, appId) ??
    checkScope(query, config) ??
    checkRedirectUri(query, config) ??
    checkState(query, config) ??
    checkOrder(isOrdered, config)
  if (refusal) return refusal

  const scope = query.get('scope') === 'snsapi_userinfo' ? 'snsapi_userinfo' : 'snsapi_base'
  const isWarned = !isOrdered && config.parameterOrder !== 'ignore'
  return {
    isAcceptable: true,
    request: {
      redirectUri: query.get('redirect_uri') ?? '',
      scope,
      state: query.get('state') ?? '',
      forceSnapshot: scope === 'snsapi_userinfo' && asksForSnapshot(query, config),
      personId: query.get('person') ?? undefined,
      warnings: isWarned ? [wrongOrder.en] : [],
      warningsZh: isWarned ? [wrongOrder.zh] : [],
    },
  }
}

type AuthorizeRefusal = Extract<AuthorizeCheck, { isAcceptable: false }>

function authorizeRefusal(errorPage: number | undefined, reason: string, reasonZh: string): AuthorizeRefusal {
  return { isAcceptable: false, errorPage, reason, reasonZh }
}

function findMissingParameter(query: URLSearchParams): AuthorizeRefusal | undefined {
  const missing = missingErrorPages.find(([name]) => !query.get(name))
  return missing && authorizeRefusal(missing[1], `${missing[0]} is empty`, `${missing[0]} 为空`)
}

function checkApp(query: URLSearchParams, appId: string): AuthorizeRefusal | undefined {
  if (query.get('appid') !== appId) {
    return authorizeRefusal(
      10012,
      `appid is not ${appId}, the one account of this simulator`,
      `appid 不是模拟器的公众号 ${appId}`,
    )
  }
  if (query.get('response_type') !== 'code')
    return authorizeRefusal(undefined, 'response_type is not "code"', 'response_type 不是 code')
  return undefined
}

function checkScope(query: URLSearchParams, config: PlatformConfig): AuthorizeRefusal | undefined {
  const scope = query.get('scope')
  if (!config.certified) return authorizeRefusal(10005, 'the account is not certified', '公众号未认证')
  if (scope === 'snsapi_base' || scope === 'snsapi_userinfo') return undefined
  return authorizeRefusal(10005, `the account has no scope "${scope}"`, `公众号没有 scope「${scope}」`)
}

function checkRedirectUri(query: URLSearchParams, config: PlatformConfig): AuthorizeRefusal | undefined {
  const redirectUri = query.get('redirect_uri') ?? ''
  const isWebAddress = /^https?:\/\//i.test(redirectUri) && !/[\r\n]/.test(redirectUri)
  const url = isWebAddress ? URL.parse(redirectUri) : null
  if (url && isOauthDomain(url, config.oauthDomains)) return undefined
  return authorizeRefusal(
    10003,
    'the domain of redirect_uri is not the one that the account has configured',
    'redirect_uri 的域名与后台配置的网页授权域名不一致',
  )
}

function checkState(query: URLSearchParams, config: PlatformConfig): AuthorizeRefusal | undefined {
  if (!config.strictState || /^[a-zA-Z0-9]{1,128}$/.test(query.get('state') ?? '')) return undefined
  return authorizeRefusal(
    10013,
    'state is not 1 to 128 letters and digits',
    'state 应为 1 至 128 个字母或数字',
  )
}

function checkOrder(isOrdered: boolean, config: PlatformConfig): AuthorizeRefusal | undefined {
  if (isOrdered || config.parameterOrder !== 'refuse') return undefined
  return authorizeRefusal(undefined, wrongOrder.en, wrongOrder.zh)
}

function asksForSnapshot(query: URLSearchParams, config: PlatformConfig): boolean {
  return config.snapshotPage || query.get('forceSnapShot') === 'true'
}

function hasDocumentedOrder(query: URLSearchParams): boolean {
  const names = [...query.keys()]
  return documentedOrder.every((name, index) => names[index] === name) && new Set(names).size === names.length
}

/** Adds `code` and `state` to the query of the redirect_uri, before any fragment. */
export function callbackUrl(redirectUri: string, parameters: Readonly<Record<string, string>>): string {
  const hash = redirectUri.indexOf('#')
  const address = hash === -1 ? redirectUri : redirectUri.slice(0, hash)
  const fragment = hash === -1 ? '' : redirectUri.slice(hash)
  const separator = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&'
  const callback = `${address}${separator}${new URLSearchParams(parameters)}${fragment}`
  // Characters that no header can carry are percent-encoded, as a browser would do.
  return callback.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}
