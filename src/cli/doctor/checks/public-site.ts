import { isIP } from 'node:net'
import { isLoopbackHost } from '../../../wechat-api/account.js'
import type { Check } from '../check.js'
import type { Examination } from '../examination.js'
import { fault, type Outcome, ok, skipped, warning } from '../outcome.js'
import { AUTHORIZE_PATH } from '../site/app-visit.js'
import { getMountPath, readPublicUrl } from '../site/public-url.js'
import { type PageAnswer, readVisitCode } from '../site/site-visitor.js'
import { isAbout } from './errcodes.js'

const publicUrl: Check = {
  id: 'public-url',
  run({ environment, texts, account }) {
    const isSimulated = typeof account !== 'string' && account.isSimulated
    if (!environment.WECHAT_PUBLIC_URL) {
      return isSimulated ? skipped(texts.publicUrl.missing) : warning(texts.publicUrl.missing)
    }
    const url = readPublicUrl(environment)
    if (!url) return fault(texts.publicUrl.shape)
    if (isSimulated && isLoopbackHost(url.hostname)) return ok(texts.publicUrl.ok(url.href))
    if (url.protocol !== 'https:') return fault(texts.publicUrl.notHttps)
    if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) return warning(texts.publicUrl.notDomain)
    return ok(texts.publicUrl.ok(url.href))
  },
}

const redirectDomain: Check = {
  id: 'redirect-domain',
  async run(examination) {
    const { account, site } = examination
    const texts = examination.texts.redirectDomain
    const redirectUri = await findRedirectUri(examination)
    if (!redirectUri) return skipped(texts.noPublicUrl)
    const token = await examination.token()
    const isWrongId = token.kind === 'refused' && isAbout('app-id', token.error.errcode)
    if (typeof account === 'string' || isWrongId) return skipped(examination.texts.noCredentials)
    // WeChat accepts the parameters of an authorize URL in this order only.
    const authorizeUrl =
      `${account.openBaseUrl}${AUTHORIZE_PATH}?appid=${account.appId}` +
      `&redirect_uri=${encodeURIComponent(redirectUri.href)}&response_type=code&scope=snsapi_base&state=doctor`
    try {
      const answer = await site.visit(new URL(authorizeUrl))
      return judgeAuthorizePage(answer, redirectUri, account.isSimulated, texts)
    } catch (error) {
      const advice = texts.failed(new URL(account.openBaseUrl).host, readVisitCode(error))
      // Only browsers have to reach WeChat's host, so a server that a firewall keeps from it is no fault.
      return account.isSimulated ? fault(advice) : skipped({ text: advice.text })
    }
  },
}

const verifyFile: Check = {
  id: 'verify-file',
  async run(examination) {
    const { environment, options, site } = examination
    const texts = examination.texts.verifyFile
    if (options.verifyFile === undefined) return skipped(texts.notNamed)
    const base = readPublicUrl(environment) ?? options.url
    if (!base) return skipped(texts.noPublicUrl)
    const url = new URL(`/${options.verifyFile}`, base)
    try {
      return judgeVerifyFile(await site.visit(url), texts)
    } catch (error) {
      return fault(texts.failed(url.href, readVisitCode(error)))
    }
  },
}

export const publicSiteChecks: readonly Check[] = [publicUrl, redirectDomain, verifyFile]

async function findRedirectUri(examination: Examination): Promise<URL | undefined> {
  const url = readPublicUrl(examination.environment)
  if (url) return new URL(`${getMountPath(url)}/auth/code`, url)
  const result = (await examination.app())?.result
  return result?.kind === 'authorize' ? result.redirectUri : undefined
}

function judgeAuthorizePage(
  { text, location }: PageAnswer,
  redirectUri: URL,
  isSimulated: boolean,
  texts: Examination['texts']['redirectDomain'],
): Outcome {
  if (location) return ok(texts.ok(redirectUri.host))
  const visible = text.replace(/<(script|style)\b.*?<\/\1>|<[^>]*>/gs, ' ')
  const number = /\b100(?:0[3-6]|09|1[0-6])\b/.exec(visible)?.[0]
  if (number === '10003') return fault(texts.refused(redirectUri.host))
  if (number !== undefined) return fault(texts.otherPage(number))
  // The simulator's page asks who logs in, so the domain is right. WeChat's page only says to use its app, so nothing is
  // known of the domain.
  return isSimulated ? ok(texts.ok(redirectUri.host)) : skipped(texts.unknown(redirectUri.host))
}

function judgeVerifyFile(
  { url, status, text }: PageAnswer,
  texts: Examination['texts']['verifyFile'],
): Outcome {
  if (status !== 200) return fault(texts.missing(url.href, status))
  const expected = /_verify_(\w+)\.txt$/.exec(url.pathname)?.[1]
  if (text.trim() === expected) return ok(texts.ok(url.href))
  // A plain text may be that of an earlier verification, so it is a warning. HTML can't be, so it is a fault.
  return text.includes('<') ? fault(texts.wrongText(url.href)) : warning(texts.wrongText(url.href))
}
