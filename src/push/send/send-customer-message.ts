import { optionError } from '../../errors/create-error.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { parseReply, type WechatReply } from '../replies/reply.js'

export interface CustomerMessage {
  /** The openid of the recipient. */
  openid: string
  /** A message that a function of `reply` made, or the reply that `late` got. */
  reply: WechatReply
  /** The customer-service account that sends the message. @default the Official Account itself */
  customerAccount?: string | undefined
}

/**
 * Sends a customer-service message to a person who did something with the account. The person's message allows 5 within
 * 48 hours; a follow, a scan of a QR code or a press on a menu item allows 3 within a minute.
 *
 * @example
 * messageHandler({ on, late: (message, reply) => sendCustomerMessage(tokenManager, { openid: message.openid, reply }) })
 *
 * @throws {WechatApiError} if WeChat refuses it; 45015: the person's last action was too long ago; 45047: too many
 *   messages since then
 * @throws {WechatUpstreamError} if WeChat can't be reached. The call is not repeated: the message may have been sent
 * @throws {WechatConfigError} if `reply` is not what a function of `reply` returns
 * @see https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html 发送客服消息
 */
export async function sendCustomerMessage(
  tokenManager: Pick<TokenManager, 'request'>,
  { openid, reply, customerAccount }: CustomerMessage,
): Promise<void> {
  const parsed = parseReply(reply)
  if (parsed === undefined || typeof parsed === 'string') {
    throw optionError('sendCustomerMessage', 'reply', `is none: ${parsed ?? 'it is undefined'}`)
  }
  await tokenManager.request('/cgi-bin/message/custom/send', {
    json: {
      touser: openid,
      msgtype: parsed.type,
      [parsed.type]: createContent(parsed),
      ...(customerAccount !== undefined && { customservice: { kf_account: customerAccount } }),
    },
  })
}

function createContent(reply: WechatReply): object {
  switch (reply.type) {
    case 'text':
      return { content: reply.content }
    case 'image':
    case 'voice':
      return { media_id: reply.mediaId }
    case 'video':
      return { media_id: reply.mediaId, title: reply.title, description: reply.description }
    case 'music':
      return {
        title: reply.title,
        description: reply.description,
        musicurl: reply.musicUrl,
        hqmusicurl: reply.hqMusicUrl,
        thumb_media_id: reply.thumbMediaId,
      }
    case 'news': {
      const { title, description, url, picUrl } = reply
      return { articles: [{ title, description, url, picurl: picUrl }] }
    }
  }
}
