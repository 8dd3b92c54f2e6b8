import { isLoopbackHost } from '../../../wechat-api/account.js'
import type { Check } from '../check.js'
import type { Examination } from '../examination.js'
import { fault, type Outcome, ok, skipped } from '../outcome.js'
import { type AppVisit, isCookieSetAgain } from '../site/app-visit.js'
import { readPublicUrl } from '../site/public-url.js'
import { logInThroughSimulator } from '../site/simulated-login.js'
import { readVisitCode } from '../site/site-visitor.js'

/** A part of the name of the cookie that a login sets in a browser that does not have it yet. */
const LOGIN_COOKIE = 'wechat-login-'

const login: Check = {
  id: 'login',
  async run(examination) {
    const { account } = examination
    const texts = examination.texts.login
    const visit = await examination.app()
    if (!visit) return skipped(texts.noUrl)
    const { result } = visit
    const address = `${visit.lastUrl.origin}${visit.lastUrl.pathname}`
    if (result.kind === 'failed') return fault(texts.failed(address, result.code))
    if (result.kind === 'status') return fault(texts.otherStatus(address, result.status))
    if (result.kind === 'elsewhere') return fault(texts.elsewhere(address, result.origin))
    const appId = result.url.searchParams.get('appid') ?? ''
    if (typeof account !== 'string' && appId !== account.appId) return fault(texts.otherApp(appId))
    return ok(texts.ok(address))
  },
}

const redirectUri: Check = {
  id: 'redirect-uri',
  run: examination =>
    withRedirectUri(examination, ({ origin, protocol, hostname }) => {
      const { environment, account, texts } = examination
      const isSimulated = typeof account !== 'string' && account.isSimulated
      const isLocal = isSimulated && isLoopbackHost(hostname)
      if (protocol !== 'https:' && !isLocal) return fault(texts.redirectUri.notHttps(origin))
      const publicOrigin = readPublicUrl(environment)?.origin ?? origin
      if (publicOrigin !== origin) return fault(texts.redirectUri.otherOrigin(origin, publicOrigin))
      return ok(texts.redirectUri.ok(origin))
    }),
}

const proxyHeaders: Check = {
  id: 'proxy-headers',
  run: examination =>
    withRedirectUri(examination, ({ origin }, visit) => {
      const { environment, texts } = examination
      return knowsItsAddress(environment, visit, origin)
        ? ok(texts.proxyHeaders.ok)
        : fault(texts.proxyHeaders.lost(visit.lastUrl.origin, origin))
    }),
}

const cookies: Check = {
  id: 'cookies',
  async run(examination) {
    const visit = await examination.app()
    if (visit?.result.kind !== 'authorize') return skipped(examination.texts.redirectUri.needsLogin)
    try {
      return await judgeCookies(examination, visit, visit.result)
    } catch (error) {
      return fault(examination.texts.login.failed(visit.lastUrl.origin, readVisitCode(error)))
    }
  },
}

type Authorize = Extract<AppVisit['result'], { kind: 'authorize' }>

export const appChecks: readonly Check[] = [login, redirectUri, proxyHeaders, cookies]

async function withRedirectUri(
  examination: Examination,
  judge: (redirectUri: URL, visit: AppVisit) => Outcome,
): Promise<Outcome> {
  const visit = await examination.app()
  const { redirectUri } = visit?.result.kind === 'authorize' ? visit.result : {}
  if (!visit || !redirectUri) return skipped(examination.texts.redirectUri.needsLogin)
  return judge(redirectUri, visit)
}

/**
 * Whether the redirect_uri has an origin of the app: the one that was visited, or that of WECHAT_PUBLIC_URL, from which
 * the app builds its addresses whatever host a request names.
 */
function knowsItsAddress(environment: NodeJS.ProcessEnv, { lastUrl }: AppVisit, origin: string): boolean {
  return origin === lastUrl.origin || origin === readPublicUrl(environment)?.origin
}

/** Whether a login by the simulator can be tried: the account is simulated, and no other check found what stops it. */
async function canLogIn(
  { account, environment, token }: Examination,
  visit: AppVisit,
  { url, redirectUri }: Authorize,
): Promise<boolean> {
  if (typeof account === 'string' || !account.isSimulated) return false
  if (url.origin !== new URL(account.openBaseUrl).origin) return false
  if (!redirectUri || !knowsItsAddress(environment, visit, redirectUri.origin)) return false
  return (await token()).kind === 'token'
}

async function judgeCookies(
  examination: Examination,
  visit: AppVisit,
  authorize: Authorize,
): Promise<Outcome> {
  const { site } = examination
  const texts = examination.texts.cookies
  const name = visit.setCookies.find(cookie => cookie.includes(LOGIN_COOKIE))
  if (name === undefined) return fault(texts.noneSet)
  const refused = visit.jar.refused.find(cookie => cookie.name === name)
  if (refused) return fault(texts.refused(refused))
  // The login sets its cookie only if the request lacks it. If it sets the cookie again, the first one did not come back.
  if (await isCookieSetAgain(site, visit, name)) return fault(texts.lost)
  if (!(await canLogIn(examination, visit, authorize))) return ok(texts.ok)

  const end = await logInThroughSimulator(site, visit.jar, authorize.url)
  if (end === 'logged-in') return ok(texts.wholeLogin)
  if (end === 'not-begun') return ok(texts.ok)
  const [refusedLater] = visit.jar.refused
  if (refusedLater) return fault(texts.refused(refusedLater))
  return fault(end === 'session-lost' ? texts.sessionLost : texts.loginFailed(end.status))
}
