import type { WechatAccount } from '../../../wechat-api/account.js'
import type { DoctorOptions } from '../command-line.js'
import { type CookieJar, createCookieJar } from './cookie-jar.js'
import { getMountPath, readPublicUrl } from './public-url.js'
import { type PageAnswer, readVisitCode, type SiteVisitor } from './site-visitor.js'

export const AUTHORIZE_PATH = '/connect/oauth2/authorize'

/** What a visit of the app's login has shown. */
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

/** One redirect from http to https, one to the other host of the service, and two more. */
const MAX_REDIRECTS = 4

/** Asks the login of a running app as WeChat's browser does, and stops at WeChat's authorize page. */
export async function visitApp(input: AppVisitInput): Promise<AppVisit | undefined> {
  const { url } = input.options
  if (!url) return undefined
  const loginUrl = new URL(readLoginPath(input, url), url)
  const jar = createCookieJar()
  const setCookies: string[] = []
  // The silent scope, for which WeChat asks the person nothing.
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

/** Where the login of the app is: below the path of `--url`, or of the public URL if that is of the same site. */
function readLoginPath({ environment, options }: AppVisitInput, url: URL): string {
  if (options.loginPath !== undefined) return options.loginPath
  const publicUrl = readPublicUrl(environment)
  if (url.pathname !== '/') return `${getMountPath(url)}/auth`
  if (publicUrl && publicUrl.origin === url.origin) return `${getMountPath(publicUrl)}/auth`
  return '/wechat/auth'
}

/** Asks for the login once more. Returns whether it sets a cookie of this name again, so that the first was lost. */
export async function isCookieSetAgain(
  site: SiteVisitor,
  { lastUrl, jar }: AppVisit,
  name: string,
): Promise<boolean> {
  const answer: PageAnswer = await site.visit(lastUrl, jar)
  return answer.setCookies.includes(name)
}
