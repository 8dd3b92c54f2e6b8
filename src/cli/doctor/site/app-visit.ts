import type { WechatAccount } from '../../../wechat-api/account.js'
import type { DoctorOptions } from '../command-line.js'
import { type CookieJar, createCookieJar } from './cookie-jar.js'
import { getMountPath, readPublicUrl } from './public-url.js'
import { type PageAnswer, readVisitCode, type SiteVisitor } from './site-visitor.js'

export const AUTHORIZE_PATH = '/connect/oauth2/authorize'

/** The result of a visit to the app's login. */
export interface AppVisit {
  /** The address that answered last, after redirects within the app. */
  lastUrl: URL
  jar: CookieJar
  result:
    | { kind: 'authorize'; url: URL; redirectUri: URL | undefined }
    | { kind: 'elsewhere'; origin: string }
    | { kind: 'status'; status: number }
    | { kind: 'failed'; code: string }
  /** The names of the cookies that the login set. */
  setCookies: readonly string[]
}

export interface AppVisitInput {
  environment: NodeJS.ProcessEnv
  options: DoctorOptions
  account: WechatAccount | string
  site: SiteVisitor
}

/** So many redirects within the app are followed: from http to https, to the app's other host, and two more. */
const MAX_REDIRECTS = 4

/** Asks the login of a running app as WeChat's browser does, and stops at WeChat's authorize page. */
export async function visitApp(input: AppVisitInput): Promise<AppVisit | undefined> {
  const { url } = input.options
  if (!url) return undefined
  const loginUrl = new URL(readLoginPath(input, url), url)
  const jar = createCookieJar()
  const setCookies: string[] = []
  // The visit asks for the silent scope, for which WeChat does not ask the person.
  let next = new URL('?scope=snsapi_base', loginUrl)
  const visit = { jar, setCookies }
  try {
    for (let redirects = 0; ; redirects += 1) {
      const answer = await input.site.visit(next, jar)
      setCookies.push(...answer.setCookies)
      const { location } = answer
      if (location === undefined || redirects === MAX_REDIRECTS) {
        return { ...visit, lastUrl: next, result: { kind: 'status', status: answer.status } }
      }
      if (location.pathname.endsWith(AUTHORIZE_PATH)) {
        const redirectUri = URL.parse(location.searchParams.get('redirect_uri') ?? '') ?? undefined
        return { ...visit, lastUrl: next, result: { kind: 'authorize', url: location, redirectUri } }
      }
      if (!location.pathname.endsWith('/auth')) {
        return { ...visit, lastUrl: next, result: { kind: 'elsewhere', origin: location.origin } }
      }
      next = location
    }
  } catch (error) {
    return { ...visit, lastUrl: next, result: { kind: 'failed', code: readVisitCode(error) } }
  }
}

/** Returns the path of the app's login: below the path of `--url`, or of WECHAT_PUBLIC_URL if it has the same origin. */
function readLoginPath({ environment, options }: AppVisitInput, url: URL): string {
  if (options.loginPath !== undefined) return options.loginPath
  const publicUrl = readPublicUrl(environment)
  if (url.pathname !== '/') return `${getMountPath(url)}/auth`
  if (publicUrl && publicUrl.origin === url.origin) return `${getMountPath(publicUrl)}/auth`
  return '/wechat/auth'
}

/** Requests the login again with its cookies. Returns whether it sets this cookie again, so the cookie did not come back. */
export async function isCookieSetAgain(
  site: SiteVisitor,
  { lastUrl, jar }: AppVisit,
  name: string,
): Promise<boolean> {
  const answer: PageAnswer = await site.visit(lastUrl, jar)
  return answer.setCookies.includes(name)
}
