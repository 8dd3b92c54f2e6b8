import {
  createTokenManager,
  reply,
  sendCustomerMessage,
  sendSubscriptionNotice,
  sendTemplateMessage,
  type TokenManager,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PERSON = 'lin-xiaoyu'
const STRANGER = 'chen-siyuan'

let wechat: RunningSimulator
let tokenManager: TokenManager

beforeEach(async () => {
  wechat = await startSimulator()
  tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
})
afterEach(async () => {
  await tokenManager.close()
  await wechat.close()
})

const openidOf = (id: string) => wechat.people.get(id)?.openid ?? ''

describe('customer-service messages', () => {
  it('reach the conversation within 48 hours of the last action, and get 45015 after that', async () => {
    const openid = openidOf(PERSON)
    const send = () => sendCustomerMessage(tokenManager, { openid, reply: reply.text('想好了') })
    await expect(send()).rejects.toMatchObject({ errcode: 45015 })
    await wechat.push(PERSON, { type: 'text', content: '在吗' })
    await send()
    expect(wechat.chat(PERSON).at(-1)).toMatchObject({
      from: 'account',
      by: 'customer-service',
      content: { type: 'text', content: '想好了' },
    })
    wechat.advance(48 * 3_600_000)
    await expect(send()).rejects.toMatchObject({ errcode: 45015 })
  })

  it('are five after a message, and three within a minute after an event: 45047, 45015', async () => {
    const send = (id: string) =>
      sendCustomerMessage(tokenManager, { openid: openidOf(id), reply: reply.text('想好了') })
    await wechat.push(PERSON, { type: 'text', content: '在吗' })
    for (let count = 0; count < 5; count += 1) await send(PERSON)
    await expect(send(PERSON)).rejects.toMatchObject({ errcode: 45047 })
    await wechat.pressMenu(PERSON, 'help')
    for (let count = 0; count < 3; count += 1) await send(PERSON)
    await expect(send(PERSON)).rejects.toMatchObject({ errcode: 45047 })

    await wechat.follow(STRANGER)
    await send(STRANGER)
    wechat.advance(60_000)
    await expect(send(STRANGER)).rejects.toMatchObject({ errcode: 45015 })
  })

  it('of a type that every object has as a name get 40008', async () => {
    await wechat.push(PERSON, { type: 'text', content: '在吗' })
    const json = { touser: openidOf(PERSON), msgtype: 'toString' }
    await expect(tokenManager.request('/cgi-bin/message/custom/send', { json })).rejects.toMatchObject({
      errcode: 40008,
    })
  })

  it('are of six kinds, and name only media that are there', async () => {
    const openid = openidOf(PERSON)
    await wechat.push(PERSON, { type: 'text', content: '在吗' })
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('picture') })
    const messages = [
      reply.image(mediaId),
      reply.voice(mediaId),
      reply.video(mediaId, { title: '片' }),
      reply.music({ thumbMediaId: mediaId, title: '歌', musicUrl: 'https://m.example.com/a.mp3' }),
      reply.news({ title: '看', description: '详情', url: 'https://m.example.com/' }),
    ]
    for (const message of messages) {
      await sendCustomerMessage(tokenManager, { openid, reply: message })
      expect(wechat.chat(PERSON).at(-1)?.content).toMatchObject({ ...message })
    }
    await wechat.push(PERSON, { type: 'text', content: '在吗' })
    const gone = sendCustomerMessage(tokenManager, { openid, reply: reply.image('gone') })
    await expect(gone).rejects.toMatchObject({ errcode: 40007 })
    await expect(
      sendCustomerMessage(tokenManager, { openid: 'osim_none', reply: reply.text('x') }),
    ).rejects.toMatchObject({ errcode: 40003 })
  })
})

describe('template messages', () => {
  it('with one client_msg_id are sent once within ten minutes, and then again', async () => {
    const send = () =>
      sendTemplateMessage(tokenManager, {
        openid: openidOf(PERSON),
        templateId: 'T1',
        data: { thing1: '快递' },
        clientMsgId: 'order-7',
      })
    const first = await send()
    expect(await send()).toEqual(first)
    expect(wechat.chat(PERSON)).toMatchObject([
      { by: 'template', content: { type: 'template', templateId: 'T1', data: { thing1: '快递' } } },
    ])
    wechat.advance(600_000)
    expect(await send()).not.toEqual(first)
    expect(wechat.chat(PERSON)).toHaveLength(2)
  })

  it('are new after a reset, which sets back the time of the earlier ones', async () => {
    const send = () =>
      sendTemplateMessage(tokenManager, {
        openid: openidOf(PERSON),
        templateId: 'T1',
        data: { thing1: '快递' },
        clientMsgId: 'order-7',
      })
    await send()
    wechat.reset()
    await send()
    expect(wechat.chat(PERSON)).toHaveLength(1)
  })

  it('reach followers only: 43004', async () => {
    const sent = sendTemplateMessage(tokenManager, { openid: openidOf(STRANGER), templateId: 'T1', data: {} })
    await expect(sent).rejects.toMatchObject({ errcode: 43004 })
  })

  it('have a quota for the day: 45009', async () => {
    wechat.configure({ dailyLimits: { '/cgi-bin/message/template/send': 1 } })
    const send = () =>
      sendTemplateMessage(tokenManager, { openid: openidOf(PERSON), templateId: 'T1', data: {} })
    await send()
    await expect(send()).rejects.toMatchObject({ errcode: 45009 })
  })
})

it('subscription notices need an acceptance for each, and are refused without one', async () => {
  const notice = { openid: openidOf(PERSON), templateId: 'N1', data: { time2: '8:00' } }
  await expect(sendSubscriptionNotice(tokenManager, notice)).rejects.toMatchObject({
    code: 'subscription_refused',
  })
  wechat.subscribe(PERSON, 'N1')
  await sendSubscriptionNotice(tokenManager, notice)
  expect(wechat.chat(PERSON)).toMatchObject([{ by: 'notice', content: { data: { time2: '8:00' } } }])
  await expect(sendSubscriptionNotice(tokenManager, notice)).rejects.toMatchObject({
    code: 'subscription_refused',
  })
})

describe('the menu', () => {
  const create = (button: unknown) => tokenManager.request('/cgi-bin/menu/create', { json: { button } })

  it('is created, read, pressed and deleted', async () => {
    await expect(tokenManager.request('/cgi-bin/menu/get')).rejects.toMatchObject({ errcode: 46003 })
    const help = { type: 'click', name: '帮助', key: 'help' }
    const shop = { type: 'view', name: '商城', url: 'https://m.example.com/' }
    await create([help, { name: '更多', sub_button: [shop] }])
    expect(await tokenManager.request('/cgi-bin/menu/get')).toMatchObject({
      menu: { button: [help, { name: '更多', sub_button: [shop] }] },
    })
    await wechat.pressMenu(PERSON, 'help')
    await wechat.pressMenu(PERSON, shop.url)
    expect(wechat.chat(PERSON).map(({ content }) => content)).toEqual([
      { type: 'menu', key: 'help' },
      { type: 'view', key: shop.url },
    ])
    await expect(wechat.pressMenu(PERSON, 'other')).rejects.toThrow(
      'no button with the key or address "other"',
    )
    await tokenManager.request('/cgi-bin/menu/delete')
    await expect(tokenManager.request('/cgi-bin/menu/get')).rejects.toMatchObject({ errcode: 46003 })
  })

  it('may have a button that opens a mini program', async () => {
    const [url, appid] = ['https://m.example.com/', 'wx0000000000000000']
    const button = { type: 'miniprogram', name: '小程序', url, appid, pagepath: 'pages/index' }
    await create([button])
    expect(await tokenManager.request('/cgi-bin/menu/get')).toMatchObject({ menu: { button: [button] } })
    await expect(create([{ ...button, appid: undefined }])).rejects.toMatchObject({ errcode: 40013 })
  })

  it('leaves a button that scans to push, which takes what the person scans', async () => {
    await create([{ type: 'scancode_push', name: '扫码', key: 'scan' }])
    await expect(wechat.pressMenu(PERSON, 'scan')).rejects.toThrow('simulator.push(')
  })

  it.each([
    [40016, 'no buttons', []],
    [40016, 'four buttons', Array(4).fill({ type: 'click', name: 'a', key: 'a' })],
    [40015, 'an unknown type', [{ type: 'press', name: 'a', key: 'a' }]],
    [40018, 'a name of 17 bytes', [{ type: 'click', name: 'a'.repeat(17), key: 'a' }]],
    [40019, 'a button without a key', [{ type: 'click', name: 'a' }]],
    [40020, 'a link without an address', [{ type: 'view', name: 'a' }]],
    [40023, 'six buttons below one', [{ name: 'a', sub_button: Array(6).fill({}) }]],
  ])('gets %i for %s', async (errcode, _name, button) => {
    await expect(create(button)).rejects.toMatchObject({ errcode })
  })
})

describe('a QR code with a scene', () => {
  const create = (json: object) => tokenManager.request('/cgi-bin/qrcode/create', { json })

  it('is scanned by its scene, its ticket or its address until it expires', async () => {
    const scene = { action_info: { scene: { scene_str: 'desk-7' } } }
    const { ticket, url, expire_seconds } = await create({
      ...scene,
      action_name: 'QR_STR_SCENE',
      expire_seconds: 300,
    })
    expect(expire_seconds).toBe(300)
    for (const text of ['desk-7', String(ticket), String(url)]) await wechat.scan(PERSON, text)
    expect(wechat.chat(PERSON).map(({ content }) => content)).toEqual(
      Array(3).fill({ type: 'scan', key: 'desk-7' }),
    )
    wechat.advance(300_000)
    await expect(wechat.scan(PERSON, String(ticket))).rejects.toThrow('has expired')
    expect(await create({ ...scene, action_name: 'QR_LIMIT_STR_SCENE' })).not.toHaveProperty('expire_seconds')
  })

  it('lives 60 seconds by default, and 30 days at most', async () => {
    const code = { action_name: 'QR_SCENE', action_info: { scene: { scene_id: 123 } } }
    expect(await create(code)).toMatchObject({ expire_seconds: 60 })
    expect(await create({ ...code, expire_seconds: 9_999_999 })).toMatchObject({ expire_seconds: 2_592_000 })
  })

  it.each([
    [40052, 'an unknown action', { action_name: 'QR', action_info: { scene: { scene_id: 1 } } }],
    [
      40052,
      'a name that every object has',
      { action_name: 'constructor', action_info: { scene: { scene_id: 1 } } },
    ],
    [40053, 'no scene', { action_name: 'QR_SCENE' }],
    [
      40053,
      'a permanent scene above 100,000',
      { action_name: 'QR_LIMIT_SCENE', action_info: { scene: { scene_id: 100_001 } } },
    ],
    [
      40053,
      'a text of 65 characters',
      { action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: 'a'.repeat(65) } } },
    ],
  ])('gets %i for %s', async (errcode, _name, body) => {
    await expect(create(body)).rejects.toMatchObject({ errcode })
  })
})
