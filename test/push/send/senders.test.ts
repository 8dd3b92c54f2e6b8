import {
  reply,
  sendCustomerMessage,
  sendSubscriptionNotice,
  sendTemplateMessage,
  type WechatReply,
} from 'express-wechat'
import { createFakeTokenManager } from 'express-wechat/testing'
import { describe, expect, it } from 'vitest'

const CUSTOM = '/cgi-bin/message/custom/send'
const TEMPLATE = '/cgi-bin/message/template/send'
const NOTICE = '/cgi-bin/message/subscribe/bizsend'
const ok = { errcode: 0, errmsg: 'ok' }

const bodiesOf = (manager: ReturnType<typeof createFakeTokenManager>, endpoint: string) =>
  manager.calls.filter(call => call.endpoint === endpoint).map(call => call.json)

describe('sendCustomerMessage', () => {
  it.each<[WechatReply, object]>([
    [reply.text('hi'), { msgtype: 'text', text: { content: 'hi' } }],
    [reply.image('m1'), { msgtype: 'image', image: { media_id: 'm1' } }],
    [reply.voice('m1'), { msgtype: 'voice', voice: { media_id: 'm1' } }],
    [reply.video('m1', { title: 't' }), { msgtype: 'video', video: { media_id: 'm1', title: 't' } }],
    [
      reply.music({ thumbMediaId: 'm1', musicUrl: 'https://a', hqMusicUrl: 'https://b' }),
      { msgtype: 'music', music: { musicurl: 'https://a', hqmusicurl: 'https://b', thumb_media_id: 'm1' } },
    ],
    [
      reply.news({ title: 't', url: 'https://a', picUrl: 'https://p' }),
      { msgtype: 'news', news: { articles: [{ title: 't', url: 'https://a', picurl: 'https://p' }] } },
    ],
  ])('sends %j in the form of the customer-service API', async (message, body) => {
    const manager = createFakeTokenManager({ answers: { [CUSTOM]: ok } })
    await sendCustomerMessage(manager, { openid: 'o1', reply: message })
    expect(bodiesOf(manager, CUSTOM)).toEqual([{ touser: 'o1', ...body }])
  })

  it('sends in the name of a customer-service account', async () => {
    const manager = createFakeTokenManager({ answers: { [CUSTOM]: ok } })
    await sendCustomerMessage(manager, { openid: 'o1', reply: reply.text('hi'), customerAccount: 'a@b' })
    expect(bodiesOf(manager, CUSTOM)).toEqual([
      expect.objectContaining({ customservice: { kf_account: 'a@b' } }),
    ])
  })

  it('is not repeated if WeChat does not answer, and sends nothing that is no reply', async () => {
    const manager = createFakeTokenManager({ errors: { [CUSTOM]: 'unreachable' } })
    const send = (message: unknown) =>
      sendCustomerMessage(manager, { openid: 'o1', reply: message as WechatReply })
    await expect(send(reply.text('hi'))).rejects.toMatchObject({ code: 'wechat_unreachable' })
    await expect(send('hi')).rejects.toThrow('sendCustomerMessage: "reply" ')
    expect(bodiesOf(manager, CUSTOM)).toHaveLength(1)
  })
})

describe('sendTemplateMessage', () => {
  const message = { openid: 'o1', templateId: 't1', data: { name: 'Wang', count: 2 } }

  it('sends the values and a client_msg_id, another one for each message', async () => {
    const manager = createFakeTokenManager({ answers: { [TEMPLATE]: { ...ok, msgid: 200228332 } } })
    const miniProgram = { appId: 'wx1', pagePath: 'index' }
    expect(await sendTemplateMessage(manager, { ...message, url: 'https://a', miniProgram })).toEqual({
      msgId: '200228332',
    })
    await sendTemplateMessage(manager, message)
    const [first, second] = bodiesOf(manager, TEMPLATE) as [Record<string, unknown>, Record<string, unknown>]
    expect(first).toEqual({
      touser: 'o1',
      template_id: 't1',
      client_msg_id: expect.stringMatching(/^[\w-]{8,64}$/),
      url: 'https://a',
      miniprogram: { appid: 'wx1', pagepath: 'index' },
      data: { name: { value: 'Wang' }, count: { value: '2' } },
    })
    expect(second.client_msg_id).not.toBe(first.client_msg_id)
  })

  it('is repeated once with the same client_msg_id if WeChat does not answer', async () => {
    const manager = createFakeTokenManager({ errors: { [TEMPLATE]: 'unreachable' } })
    await expect(sendTemplateMessage(manager, message)).rejects.toMatchObject({ code: 'wechat_unreachable' })
    const ids = (bodiesOf(manager, TEMPLATE) as { client_msg_id: string }[]).map(body => body.client_msg_id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  it('is not repeated if WeChat refuses it, and keeps an id that it is given', async () => {
    const manager = createFakeTokenManager({ errors: { [TEMPLATE]: 43004 } })
    const send = sendTemplateMessage(manager, { ...message, clientMsgId: 'order-17' })
    await expect(send).rejects.toMatchObject({ errcode: 43004 })
    expect(bodiesOf(manager, TEMPLATE)).toEqual([expect.objectContaining({ client_msg_id: 'order-17' })])
  })
})

describe('sendSubscriptionNotice', () => {
  const notice = { openid: 'o1', templateId: 't1', data: { thing1: 'a' }, page: 'https://a' }

  it('sends the values', async () => {
    const manager = createFakeTokenManager({ answers: { [NOTICE]: ok } })
    await sendSubscriptionNotice(manager, notice)
    expect(bodiesOf(manager, NOTICE)).toEqual([
      { touser: 'o1', template_id: 't1', page: 'https://a', data: { thing1: { value: 'a' } } },
    ])
  })

  it('tells by an error of its own that the person has not subscribed', async () => {
    const refused = createFakeTokenManager({ errors: { [NOTICE]: 43101 } })
    await expect(sendSubscriptionNotice(refused, notice)).rejects.toMatchObject({
      code: 'subscription_refused',
      status: 403,
    })
    const other = createFakeTokenManager({ errors: { [NOTICE]: 40037 } })
    await expect(sendSubscriptionNotice(other, notice)).rejects.toMatchObject({ errcode: 40037 })
  })
})
