import type { AllowedApis, MediaAccess, ServiceKeys, TokenMode, WechatScope } from 'express-wechat'
import { allowedApis, serviceKeys, tokenSourceKey } from './secrets.ts'
import {
  flag,
  integer,
  isLoopback,
  matching,
  oneOf,
  origins,
  proxyAddress,
  type VariableReader,
  webAddress,
  wechatAddress,
  wechatAddresses,
} from './variables.ts'

export interface WechatConfiguration {
  appId: string
  /** Undefined if the tokens come from a source. The gateway then offers no login. */
  appSecret: string | undefined
  /** Another gateway, which gives the tokens. */
  tokenSource: { url: string; serviceKey: string } | undefined
  apiBaseUrl: string[] | undefined
  allowInsecureApiBaseUrl: boolean
  /** It can hold a password. */
  proxyUrl: string | undefined
  family: 4 | undefined
  openBaseUrl: string | undefined
  timeoutMs: number | undefined
  tokenMode: TokenMode
  scope: WechatScope
  publicUrl: string | undefined
  allowedOrigins: string[]
  defaultReturnUrl: string
  serviceKeys: ServiceKeys | undefined
  /** What back ends may call through `/api`. */
  apiAllow: AllowedApis | undefined
  mediaAccess: MediaAccess
}

export function readWechat(reader: VariableReader, isProduction: boolean): WechatConfiguration {
  const { read, complain } = reader
  const identity = readIdentity(reader, isProduction)
  const publicUrl = read('WECHAT_PUBLIC_URL', webAddress)
  if (isProduction && publicUrl?.protocol === 'http:' && !isLoopback(publicUrl)) {
    complain('WECHAT_PUBLIC_URL', 'must be https with NODE_ENV=production')
  }
  const allowedOrigins = read('WECHAT_ALLOWED_ORIGINS', origins) ?? []
  const tokenMode = read('WECHAT_TOKEN_MODE', oneOf('stable', 'legacy')) ?? 'stable'
  const isUnshared = tokenMode === 'legacy' && reader.text('REDIS_URL') === undefined
  if (isProduction && isUnshared && identity.tokenSource === undefined) {
    complain('REDIS_URL', 'must be set with NODE_ENV=production, since WECHAT_TOKEN_MODE is legacy')
  }
  return {
    ...identity,
    ...readNetwork(reader, identity.appId.startsWith('wxsim')),
    ...readBackEnds(reader, identity.appSecret !== undefined),
    tokenMode,
    scope: read('WECHAT_SCOPE', oneOf('snsapi_base', 'snsapi_userinfo')) ?? 'snsapi_base',
    publicUrl: publicUrl?.href,
    allowedOrigins,
    defaultReturnUrl: readDefaultReturn(reader, publicUrl, allowedOrigins),
  }
}

function readIdentity(reader: VariableReader, isProduction: boolean) {
  const { read, required, text, complain } = reader
  const appId =
    required(
      'WECHAT_APP_ID',
      matching(/^wx[A-Za-z0-9_-]{1,62}$/, 'must begin with wx, without quotes around it'),
    ) ?? ''
  if (appId.startsWith('wxsim') && isProduction) {
    complain('WECHAT_APP_ID', 'must not be a simulated one (wxsim…) with NODE_ENV=production')
  }
  const hasSource =
    text('WECHAT_TOKEN_SOURCE_URL') !== undefined || text('WECHAT_TOKEN_SOURCE_KEY') !== undefined
  const readSecret = hasSource ? read : required
  const appSecret = readSecret(
    'WECHAT_APP_SECRET',
    // Docker's env files keep quotes, and WeChat then says that the secret is wrong.
    matching(
      /^(?!["'])[\x21-\x7e]{8,256}(?<!["'])$/,
      'must be 8 or more printable characters without spaces, and without quotes around them',
    ),
  )
  if (!hasSource) return { appId, appSecret: appSecret ?? '', tokenSource: undefined }
  const url = required('WECHAT_TOKEN_SOURCE_URL', wechatAddress)?.href ?? ''
  const serviceKey = required('WECHAT_TOKEN_SOURCE_KEY', tokenSourceKey) ?? ''
  return { appId, appSecret, tokenSource: { url, serviceKey } }
}

function readNetwork(reader: VariableReader, isSimulated: boolean) {
  const { read } = reader
  const allowsInsecure = read('WECHAT_ALLOW_INSECURE_API_BASE_URL', flag) ?? false
  const openBaseUrls = readHosts(reader, 'WECHAT_OPEN_BASE_URL', text => [wechatAddress(text)], isSimulated)
  return {
    apiBaseUrl: readHosts(reader, 'WECHAT_API_BASE_URL', wechatAddresses(allowsInsecure), isSimulated),
    allowInsecureApiBaseUrl: allowsInsecure,
    openBaseUrl: openBaseUrls?.[0],
    proxyUrl: read('WECHAT_PROXY_URL', proxyAddress),
    family: read('WECHAT_FAMILY', oneOf('4')) === undefined ? undefined : (4 as const),
    timeoutMs: read('WECHAT_TIMEOUT_MS', integer(100, 60_000)),
  }
}

function readBackEnds(reader: VariableReader, hasLogins: boolean) {
  const { read, complain, text } = reader
  const keys = read('WECHAT_SERVICE_KEYS', serviceKeys)
  const hasKeys = text('WECHAT_SERVICE_KEYS') !== undefined
  const mediaAccess = read('MEDIA_ACCESS', oneOf('open', 'login', 'key')) ?? 'open'
  if (mediaAccess === 'key' && !hasKeys)
    complain('WECHAT_SERVICE_KEYS', 'must be set, since MEDIA_ACCESS is key')
  if (mediaAccess === 'login' && !hasLogins) {
    complain('MEDIA_ACCESS', 'must not be login, since nobody can log in without WECHAT_APP_SECRET')
  }
  const apiAllow = read('WECHAT_API_ALLOW', allowedApis)
  if (apiAllow && !hasKeys) complain('WECHAT_SERVICE_KEYS', 'must be set, since WECHAT_API_ALLOW is')
  if (keys && !Object.keys(apiAllow ?? {}).every(name => Object.hasOwn(keys, name))) {
    complain('WECHAT_API_ALLOW', 'must have names of WECHAT_SERVICE_KEYS')
  }
  return { serviceKeys: keys, mediaAccess, apiAllow }
}

function readHosts(
  reader: VariableReader,
  name: string,
  parse: (text: string) => URL[],
  isSimulated: boolean,
): string[] | undefined {
  const urls = reader.read(name, parse)
  const isWanting = isSimulated && (urls ? !urls.every(isLoopback) : reader.text(name) === undefined)
  if (isWanting) reader.complain(name, 'must lead to the simulator, since WECHAT_APP_ID is a simulated one')
  return urls?.map(url => url.href)
}

function readDefaultReturn(reader: VariableReader, publicUrl: URL | undefined, allowed: string[]): string {
  const form = matching(/^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/, 'must be a path such as /, or a web address')
  const text = reader.read('WECHAT_DEFAULT_RETURN', form)
  if (text === undefined || text.startsWith('/')) return text ?? '/'
  const origin = URL.parse(text)?.origin ?? ''
  if (![publicUrl?.origin, ...allowed].includes(origin)) {
    reader.complain(
      'WECHAT_DEFAULT_RETURN',
      "must be of the public URL's origin, or of WECHAT_ALLOWED_ORIGINS",
    )
  }
  return text
}
