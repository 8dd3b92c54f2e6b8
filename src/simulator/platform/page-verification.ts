import { isSafeDomain } from './domains.js'
import type { Platform } from './platform.js'

/** What the official script asks the client to verify before a page may call anything. */
export interface PageConfig {
  appId: string
  timestamp: string
  nonceStr: string
  signature: string
  /** The address that the client goes by: the current one on Android, that of the first load on iOS. */
  url: string
  jsApiList: readonly string[]
}

export interface PageVerdict {
  isAccepted: boolean
  /** As `wx.error` hears it. */
  errMsg: string
  /** The string that a right signature would have been made of, without the ticket. */
  signedText: string
  /** Why, for the developer. WeChat itself never says. */
  hint: string
}

/** Judges a `wx.config` as the WeChat client does. */
export function verifyPage(platform: Platform, config: PageConfig): PageVerdict {
  const { account, behaviour, tickets } = platform
  const [url = ''] = config.url.split('#')
  const { nonceStr: noncestr, timestamp } = config
  const signedText = `jsapi_ticket=…&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
  const refuse = (reason: string, hint: string): PageVerdict => ({
    isAccepted: false,
    errMsg: `config:${reason}`,
    signedText,
    hint,
  })

  if (!config.appId || !timestamp || !noncestr || !config.signature) {
    return refuse('fail', 'appId, timestamp, nonceStr and signature must all be there')
  }
  if (config.jsApiList.length === 0) return refuse('param is empty', 'jsApiList is empty')
  if (config.appId !== account.appId) {
    return refuse('invalid signature', `appId is not ${account.appId}, to which the ticket belongs`)
  }
  if (!URL.canParse(url) || !isSafeDomain(new URL(url), behaviour.safeDomains)) {
    return refuse('invalid url domain', 'the host of the page is not among the safe domains of the account')
  }
  switch (tickets.judge(config.signature, { noncestr, timestamp, url })) {
    case 'current':
      return { isAccepted: true, errMsg: 'config:ok', signedText, hint: '' }
    case 'outdated':
      return refuse('invalid signature', 'signed with a jsapi_ticket that has been replaced since')
    default:
      return refuse('invalid signature', 'another url, nonceStr, timestamp or ticket was signed')
  }
}
