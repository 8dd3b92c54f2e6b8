import type { PreverifyAnswer, PreverifyRequest } from '../../protocol/bridge.js'
import { signedUrlMistakes } from '../../protocol/signature-diagnosis.js'
import { isSafeDomain } from '../domains.js'
import type { Platform } from '../platform.js'

/** Verifies a `wx.config` as WeChat's client does. Unlike WeChat, it tells the reason of a refusal. */
export function verifyPage(platform: Platform, request: PreverifyRequest): PreverifyAnswer {
  const { account, config, tickets } = platform
  const [url = ''] = request.url.split('#')
  const { nonceStr: noncestr, timestamp } = request
  const signedText = `jsapi_ticket=…&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
  const refuse = (reason: string, hint: string, hintZh: string): PreverifyAnswer => ({
    isAccepted: false,
    errMsg: `config:${reason}`,
    signedText,
    hint,
    hintZh,
  })

  if (!request.appId || !timestamp || !noncestr || !request.signature) {
    return refuse(
      'fail',
      'appId, timestamp, nonceStr and signature must all be there',
      'appId、timestamp、nonceStr、signature 四项缺一不可',
    )
  }
  if (request.jsApiList.length + request.openTagList.length === 0)
    return refuse('param is empty', 'jsApiList is empty', 'jsApiList 为空')
  if (request.appId !== account.appId) {
    return refuse(
      'invalid signature',
      `appId is not ${account.appId}, to which the ticket belongs`,
      `appId 不是 ticket 所属的 ${account.appId}`,
    )
  }
  if (!URL.canParse(url) || !isSafeDomain(new URL(url), config.safeDomains)) {
    return refuse(
      'invalid url domain',
      'the host of the page is not among the safe domains of the account',
      '页面域名不在公众号的 JS 接口安全域名之列',
    )
  }
  switch (tickets.judge(request.signature, { noncestr, timestamp, url })) {
    case 'current':
      return { isAccepted: true, errMsg: 'config:ok', signedText, hint: '' }
    case 'outdated':
      return refuse(
        'invalid signature',
        'signed with a jsapi_ticket that has been replaced since',
        '签名用的 jsapi_ticket 已被更换',
      )
    default: {
      const refusal = refuse(
        'invalid signature',
        'another url, nonceStr, timestamp or ticket was signed',
        '签名时用的 url、nonceStr、timestamp 或 ticket 与 wx.config 的不一致',
      )
      const signed = signedUrlMistakes({ ...request, url }).find(
        likely => tickets.judge(request.signature, { noncestr, timestamp, url: likely.url }) !== 'unknown',
      )
      return signed ? { ...refusal, mistake: { zh: signed.zh, en: signed.en } } : refusal
    }
  }
}
