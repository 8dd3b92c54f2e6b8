import type { BridgeReply, PreverifyAnswer, PreverifyRequest } from '../../protocol/bridge.js'
import { isGranted, pageName } from '../api-names.js'
import type { Api, Arguments } from '../bridge.js'
import type { Phone } from '../phone.js'

export function configApis(
  phone: Phone,
  landingUrl: string,
  knows: (name: string) => boolean,
  showOpenTags: (granted: readonly string[]) => void,
): Record<string, Api> {
  return {
    async preVerifyJSAPI(args) {
      const request = preverifyRequest(phone, landingUrl, args)
      const verdict = await verify(phone, request)
      phone.state.verdict = verdict
      phone.state.granted = verdict.isAccepted ? request.jsApiList : []
      phone.state.openTags = verdict.isAccepted ? request.openTagList : []
      phone.state.notSimulated = phone.state.granted.filter(name => !knows(name)).map(pageName)
      phone.screen.showVerdict(verdict, request)
      showOpenTags(phone.state.openTags)
      return verificationReply(phone, verdict, request)
    },

    checkJsApi({ jsApiList }): BridgeReply {
      const names = strings(jsApiList)
      const checkResult = Object.fromEntries(
        names.map(name => [name, knows(name) && isGranted(name, phone.state.granted)]),
      )
      const { isTextEncoded } = phone.settings
      return {
        err_msg: 'checkJsApi:ok',
        checkResult: isTextEncoded ? JSON.stringify(checkResult) : checkResult,
      }
    },
  }
}

function verificationReply(
  { settings }: Phone,
  { isAccepted, errMsg }: PreverifyAnswer,
  { url }: PreverifyRequest,
): BridgeReply {
  // The bridge of the DevTools answers with `errMsg`, as `wx` does, instead of `err_msg`.
  if (settings.profile === 'devtools') return { errMsg, ...(isAccepted ? {} : { realAuthUrl: [url] }) }
  if (isAccepted) return { err_msg: 'pre_verify_jsapi:ok' }
  return { err_msg: `pre_verify_jsapi:fail_${errMsg.replace(/^config:/, '')}`, realAuthUrl: [url] }
}

function preverifyRequest(phone: Phone, landingUrl: string, args: Arguments): PreverifyRequest {
  const { profile } = phone.settings
  const verified = profile === 'ios' ? landingUrl : location.href
  return {
    url: verified.split('#')[0] ?? verified,
    href: location.href,
    landingUrl,
    profile,
    appId: text(args.verifyAppId),
    timestamp: text(args.verifyTimestamp),
    nonceStr: text(args.verifyNonceStr),
    signature: text(args.verifySignature),
    jsApiList: strings(args.verifyJsApiList),
    openTagList: strings(args.verifyOpenTagList),
  }
}

async function verify(phone: Phone, request: PreverifyRequest): Promise<PreverifyAnswer> {
  try {
    return await phone.client.preverify(request)
  } catch (error) {
    const en = `the simulator can't be reached at ${phone.settings.baseUrl || location.origin}: ${String(error)}`
    const zh = `连接不到模拟器（${phone.settings.baseUrl || location.origin}）：${String(error)}`
    return { isAccepted: false, errMsg: 'config:fail', signedText: '', hint: en, mistake: { zh, en } }
  }
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
