import { requestError } from '../../errors/create-error.js'
import { WechatApiError } from '../../errors/errors.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { type MiniProgramPage, type TemplateData, toMiniProgram, toTemplateData } from './template-data.js'

export interface SubscriptionNotice {
  /** The openid of a person who has accepted notices of this template. */
  openid: string
  templateId: string
  data: TemplateData
  /** The page that the notice opens. @default none */
  page?: string | undefined
  miniProgram?: MiniProgramPage | undefined
}

/** WeChat's code if the person has rejected the notices, or if the permission for one notice is used up. */
const NOT_SUBSCRIBED = 43_101

/**
 * Sends a subscription notice.
 *
 * @throws {WechatRequestError} `subscription_refused` if the person has not subscribed, or the permission is used up
 * @throws {WechatApiError} if WeChat refuses it for another reason
 * @throws {WechatUpstreamError} if WeChat can't be reached. The call is not repeated: the notice may have been sent
 * @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html 发送订阅通知
 */
export async function sendSubscriptionNotice(
  tokenManager: Pick<TokenManager, 'request'>,
  { openid, templateId, data, page, miniProgram }: SubscriptionNotice,
): Promise<void> {
  const json = {
    touser: openid,
    template_id: templateId,
    ...(page !== undefined && { page }),
    ...(miniProgram && { miniprogram: toMiniProgram(miniProgram) }),
    data: toTemplateData(data),
  }
  try {
    await tokenManager.request('/cgi-bin/message/subscribe/bizsend', { json })
  } catch (error) {
    if (error instanceof WechatApiError && error.errcode === NOT_SUBSCRIBED) {
      throw requestError('subscription_refused')
    }
    throw error
  }
}
