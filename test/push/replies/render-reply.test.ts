import { describe, expect, it } from 'vitest'
import { renderReply } from '../../../src/push/replies/render-reply.ts'
import { parseReply, reply, type WechatReply } from '../../../src/push/replies/reply.ts'

const to = { openid: 'o1', accountId: 'gh_1' }
const head = '<ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>'

describe('a reply', () => {
  it.each<[WechatReply, string, object]>([
    [reply.text('a]]>b'), '<Content><![CDATA[a]]]]><![CDATA[>b]]></Content>', { Content: 'a]]>b' }],
    [reply.image('m'), '<Image><MediaId><![CDATA[m]]></MediaId></Image>', { Image: { MediaId: 'm' } }],
    [reply.voice('m'), '<Voice><MediaId><![CDATA[m]]></MediaId></Voice>', { Voice: { MediaId: 'm' } }],
    [
      reply.video('m', { title: 't' }),
      '<Video><MediaId><![CDATA[m]]></MediaId><Title><![CDATA[t]]></Title></Video>',
      { Video: { MediaId: 'm', Title: 't' } },
    ],
    [
      reply.music({ thumbMediaId: 'm', hqMusicUrl: 'h' }),
      '<Music><HQMusicUrl><![CDATA[h]]></HQMusicUrl><ThumbMediaId><![CDATA[m]]></ThumbMediaId></Music>',
      { Music: { HQMusicUrl: 'h', ThumbMediaId: 'm' } },
    ],
    [
      reply.news({ title: 't', url: 'u' }),
      '<ArticleCount>1</ArticleCount><Articles><item><Title><![CDATA[t]]></Title><Description><![CDATA[]]></Description><PicUrl><![CDATA[]]></PicUrl><Url><![CDATA[u]]></Url></item></Articles>',
      { ArticleCount: 1, Articles: [{ Title: 't', Description: '', PicUrl: '', Url: 'u' }] },
    ],
  ])('%j is written as WeChat reads it', (given, xml, json) => {
    const type = `<CreateTime>17</CreateTime><MsgType><![CDATA[${given.type}]]></MsgType>`
    expect(renderReply(given, to, 'xml', 17)).toBe(`<xml>${head}${type}${xml}</xml>`)
    expect(JSON.parse(renderReply(given, to, 'json', 17))).toEqual({
      ToUserName: 'o1',
      FromUserName: 'gh_1',
      CreateTime: 17,
      MsgType: given.type,
      ...json,
    })
    expect(parseReply(JSON.parse(JSON.stringify(given)))).toEqual(given)
  })

  it.each([
    ['success', 'it must be what'],
    [{ type: 'file' }, '"type" must be what'],
    [reply.text(''), '"content" must not be empty'],
    [reply.text('长'.repeat(683)), '"content" is longer than 2048 bytes'],
    [reply.image(undefined as never), '"mediaId" must be a text'],
    [reply.news({ title: 't' } as never), '"url" must be a text'],
  ])('%j is none, and the complaint says why', (given, complaint) => {
    expect(String(parseReply(given))).toContain(complaint)
  })

  it('of nothing is nothing', () => {
    expect([parseReply(undefined), parseReply(null)]).toEqual([undefined, undefined])
  })
})
