import type { Variables } from './environment.ts'
import { HTTPS_COMPLAINT, isConfidential, isLoopback } from './values.ts'

/** A rule about several variables: whether it is broken, the variable at fault, and what that variable must be. */
export type Rule = [isBroken: boolean, name: keyof Variables, complaint: string]

/** The values of the variables that have no fault of their own, and which ones are set at all. */
export interface CheckedVariables {
  env: Partial<Variables>
  isSet(name: keyof Variables): boolean
}

/** The rules that involve more than one variable. */
export function listRules(variables: CheckedVariables): Rule[] {
  return [accountRules, addressRules, backEndRules, sessionRules].flatMap(rules => rules(variables))
}

function accountRules({ env, isSet }: CheckedVariables): Rule[] {
  const { NODE_ENV, WECHAT_APP_ID, WECHAT_TOKEN_MODE } = env
  const isProduction = NODE_ENV === 'production'
  const isLegacy = WECHAT_TOKEN_MODE === 'legacy'
  const hasSource = hasTokenSource(isSet)
  return [
    [
      isProduction && isSimulated(WECHAT_APP_ID),
      'WECHAT_APP_ID',
      'must not be a simulated one (wxsim…) with NODE_ENV=production',
    ],
    [!hasSource && !isSet('WECHAT_APP_SECRET'), 'WECHAT_APP_SECRET', 'must be set'],
    [hasSource && !isSet('WECHAT_TOKEN_SOURCE_URL'), 'WECHAT_TOKEN_SOURCE_URL', 'must be set'],
    [hasSource && !isSet('WECHAT_TOKEN_SOURCE_KEY'), 'WECHAT_TOKEN_SOURCE_KEY', 'must be set'],
    [
      isProduction && isLegacy && !hasSource && !isSet('REDIS_URL'),
      'REDIS_URL',
      'must be set with NODE_ENV=production, since WECHAT_TOKEN_MODE is legacy',
    ],
  ]
}

function addressRules({ env }: CheckedVariables): Rule[] {
  const { NODE_ENV, WECHAT_APP_ID, WECHAT_API_BASE_URL: apis, WECHAT_OPEN_BASE_URL: open } = env
  const { WECHAT_PUBLIC_URL: publicUrl, WECHAT_ALLOWED_ORIGINS = [], WECHAT_DEFAULT_RETURN = '/' } = env
  const isHttpAllowed = env.WECHAT_ALLOW_INSECURE_API_BASE_URL ?? false
  const toSimulator = 'must lead to the simulator, since WECHAT_APP_ID is a simulated one'
  const origins = [publicUrl, ...WECHAT_ALLOWED_ORIGINS].map(address => URL.parse(address ?? '')?.origin)
  const returnOrigin = URL.parse(WECHAT_DEFAULT_RETURN)?.origin ?? ''
  return [
    [!isHttpAllowed && apis?.every(isConfidential) === false, 'WECHAT_API_BASE_URL', HTTPS_COMPLAINT],
    [isSimulated(WECHAT_APP_ID) && !apis?.every(isLoopback), 'WECHAT_API_BASE_URL', toSimulator],
    [isSimulated(WECHAT_APP_ID) && !(open && isLoopback(open)), 'WECHAT_OPEN_BASE_URL', toSimulator],
    [
      NODE_ENV === 'production' && publicUrl !== undefined && !isConfidential(publicUrl),
      'WECHAT_PUBLIC_URL',
      'must be https with NODE_ENV=production',
    ],
    [
      !WECHAT_DEFAULT_RETURN.startsWith('/') && !origins.includes(returnOrigin),
      'WECHAT_DEFAULT_RETURN',
      "must be of the public URL's origin, or of WECHAT_ALLOWED_ORIGINS",
    ],
    [
      env.METRICS_PORT !== undefined && env.METRICS_PORT !== 0 && env.METRICS_PORT === env.PORT,
      'METRICS_PORT',
      'must differ from PORT: metrics are not for the public',
    ],
  ]
}

function backEndRules({ env, isSet }: CheckedVariables): Rule[] {
  const { MEDIA_ACCESS, WECHAT_API_ALLOW: allow, WECHAT_SERVICE_KEYS: keys } = env
  const hasKeys = isSet('WECHAT_SERVICE_KEYS')
  return [
    [MEDIA_ACCESS === 'key' && !hasKeys, 'WECHAT_SERVICE_KEYS', 'must be set, since MEDIA_ACCESS is key'],
    [allow !== undefined && !hasKeys, 'WECHAT_SERVICE_KEYS', 'must be set, since WECHAT_API_ALLOW is'],
    [
      Object.keys(allow ?? {}).some(name => keys && !Object.hasOwn(keys, name)),
      'WECHAT_API_ALLOW',
      'must have names of WECHAT_SERVICE_KEYS',
    ],
    [
      MEDIA_ACCESS === 'login' && !hasLogins(isSet),
      'MEDIA_ACCESS',
      'must not be login, since the gateway offers no login without WECHAT_APP_SECRET',
    ],
  ]
}

function sessionRules({ env, isSet }: CheckedVariables): Rule[] {
  const { SESSION_NAME: name = '' } = env
  const isSecure = env.WECHAT_PUBLIC_URL?.startsWith('https:') ?? false
  return [
    [hasLogins(isSet) && !isSet('SESSION_SECRET'), 'SESSION_SECRET', 'must be set'],
    [
      /^__(?:Host|Secure)-/.test(name) && !isSecure,
      'SESSION_NAME',
      'has a prefix that browsers take only if WECHAT_PUBLIC_URL is https',
    ],
    [
      name.startsWith('__Host-') && isSet('SESSION_COOKIE_DOMAIN'),
      'SESSION_COOKIE_DOMAIN',
      'must be empty, since SESSION_NAME begins with __Host-',
    ],
  ]
}

function hasTokenSource(isSet: CheckedVariables['isSet']): boolean {
  return isSet('WECHAT_TOKEN_SOURCE_URL') || isSet('WECHAT_TOKEN_SOURCE_KEY')
}

/** A gateway without the app secret takes its tokens from another one, and offers no login. */
function hasLogins(isSet: CheckedVariables['isSet']): boolean {
  return isSet('WECHAT_APP_SECRET') || !hasTokenSource(isSet)
}

function isSimulated(appId: string | undefined): boolean {
  return appId?.startsWith('wxsim') ?? false
}
