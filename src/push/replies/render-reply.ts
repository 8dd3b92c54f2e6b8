import type { WechatMessage } from '../messages/message-types.js'
import { type PushFormat, writePushBody } from '../wire/push-body.js'
import type { WritableXml } from '../wire/xml.js'
import type { WechatReply } from './reply.js'

/** Writes a reply to the person who sent the message, in the format of its push. */
export function renderReply(
  reply: WechatReply,
  { openid, accountId }: Pick<WechatMessage, 'openid' | 'accountId'>,
  format: PushFormat,
  nowSeconds: number,
): string {
  return writePushBody(
    {
      ToUserName: openid,
      FromUserName: accountId,
      CreateTime: nowSeconds,
      MsgType: reply.type,
      ...createContent(reply, format),
    },
    format,
  )
}

function createContent(reply: WechatReply, format: PushFormat): { [name: string]: WritableXml } {
  switch (reply.type) {
    case 'text':
      return { Content: reply.content }
    case 'image':
      return { Image: { MediaId: reply.mediaId } }
    case 'voice':
      return { Voice: { MediaId: reply.mediaId } }
    case 'video':
      return {
        Video: given({ MediaId: reply.mediaId, Title: reply.title, Description: reply.description }),
      }
    case 'music':
      return {
        Music: given({
          Title: reply.title,
          Description: reply.description,
          MusicUrl: reply.musicUrl,
          HQMusicUrl: reply.hqMusicUrl,
          ThumbMediaId: reply.thumbMediaId,
        }),
      }
    case 'news':
      return createNews(reply, format)
  }
}

/** XML has the article in an element `item`; in JSON the articles are a list. */
function createNews(
  { title, description = '', picUrl = '', url }: Extract<WechatReply, { type: 'news' }>,
  format: PushFormat,
): { [name: string]: WritableXml } {
  const article = { Title: title, Description: description, PicUrl: picUrl, Url: url }
  return { ArticleCount: 1, Articles: format === 'xml' ? { item: article } : [article] }
}

function given(fields: Record<string, string | undefined>): { [name: string]: WritableXml } {
  const entries = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}
