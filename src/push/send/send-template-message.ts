import { randomUUID } from 'node:crypto'
import { WechatUpstreamError } from '../../errors/errors.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { type MiniProgramPage, type TemplateData, toMiniProgram, toTemplateData } from './template-data.js'

export interface TemplateMessage {
  /** The openid of a follower. */
  openid: string
  templateId: string
  data: TemplateData
  /** The page that the message opens. @default none */
  url?: string | undefined
  miniProgram?: MiniProgramPage | undefined
  /**
   * WeChat sends messages with the same id to one person once within 10 minutes. Give one to repeat a call that failed
   * with a `WechatUpstreamError`.
   * @default a random one
   */
  clientMsgId?: string | undefined
}

export interface SentTemplateMessage {
  /** The id with which `event.TEMPLATESENDJOBFINISH` says later whether the message was delivered. */
  msgId: string
}

/**
 * Sends a template message. If WeChat does not answer, the call is repeated once, with the same `client_msg_id`, so
 * that the person gets one message.
 *
 * @throws {WechatApiError} if WeChat refuses it; 43004: the person does not follow the account
 * @throws {WechatUpstreamError} if WeChat can't be reached
 * @see https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html 发送模板消息
 */
export async function sendTemplateMessage(
  tokenManager: Pick<TokenManager, 'request'>,
  { openid, templateId, data, url, miniProgram, clientMsgId = randomUUID() }: TemplateMessage,
): Promise<SentTemplateMessage> {
  const send = () =>
    tokenManager.request('/cgi-bin/message/template/send', {
      json: {
        touser: openid,
        template_id: templateId,
        client_msg_id: clientMsgId,
        ...(url !== undefined && { url }),
        ...(miniProgram && { miniprogram: toMiniProgram(miniProgram) }),
        data: toTemplateData(data),
      },
    })
  const answer = await send().catch(error => {
    if (!(error instanceof WechatUpstreamError)) throw error
    return send()
  })
  return { msgId: String(answer.msgid ?? '') }
}
