import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMessage } from '../../../src/push/messages/parse-message.ts'
import { parsePushText } from '../../../src/push/wire/push-body.ts'

const base = { FromUserName: 'o1', ToUserName: 'gh_1', CreateTime: 1_714_112_445 }
const common = { openid: 'o1', accountId: 'gh_1', createdAtSeconds: 1_714_112_445 }

function parse(fields: object) {
  const { raw, ...message } = parseMessage({ ...base, ...fields }, 'wx1').message
  expect(raw).toEqual({ ...base, ...fields })
  return message
}

const event = (name: string, fields: object) => ({ MsgType: 'event', Event: name, ...fields })
const decisions = [
  { TemplateId: 't1', SubscribeStatusString: 'accept', PopupScene: '2' },
  { TemplateId: 't2', SubscribeStatusString: 'reject', PopupScene: '2' },
]

describe('a message', () => {
  it.each([
    [
      { MsgType: 'text', Content: 'a' },
      { type: 'text', content: 'a' },
    ],
    [
      { MsgType: 'image', PicUrl: 'p', MediaId: 'm' },
      { type: 'image', picUrl: 'p', mediaId: 'm' },
    ],
    [
      { MsgType: 'voice', MediaId: 'm', Format: 'amr', MediaId16K: 'n', Recognition: '' },
      { type: 'voice', mediaId: 'm', format: 'amr', mediaId16K: 'n', recognition: undefined },
    ],
    [
      { MsgType: 'video', MediaId: 'm', ThumbMediaId: 't' },
      { type: 'video', mediaId: 'm', thumbMediaId: 't' },
    ],
    [
      { MsgType: 'shortvideo', MediaId: 'm', ThumbMediaId: 't' },
      { type: 'shortvideo', mediaId: 'm', thumbMediaId: 't' },
    ],
    [
      { MsgType: 'location', Location_X: '23.1', Location_Y: -113.3, Scale: '15', Label: 'here' },
      { type: 'location', latitude: 23.1, longitude: -113.3, scale: 15, label: 'here' },
    ],
    [
      { MsgType: 'link', Title: 't', Description: 'd', Url: 'u' },
      { type: 'link', title: 't', description: 'd', url: 'u' },
    ],
  ])('%j has typed fields', (fields, wanted) => {
    expect(parse({ MsgId: 17, ...fields })).toEqual({ ...common, msgId: '17', ...wanted })
  })

  it.each([
    [event('subscribe', {}), { type: 'event.subscribe', sceneKey: undefined, ticket: undefined }],
    [
      event('subscribe', { EventKey: 'qrscene_42', Ticket: 'T' }),
      { type: 'event.subscribe', sceneKey: '42', ticket: 'T' },
    ],
    [event('unsubscribe', { EventKey: '' }), { type: 'event.unsubscribe' }],
    [event('SCAN', { EventKey: 42, Ticket: 'T' }), { type: 'event.SCAN', sceneKey: '42', ticket: 'T' }],
    [
      event('LOCATION', { Latitude: '23.1', Longitude: '113.3', Precision: '119.3' }),
      { type: 'event.LOCATION', latitude: 23.1, longitude: 113.3, precision: 119.3 },
    ],
    [event('CLICK', { EventKey: 'k' }), { type: 'event.CLICK', eventKey: 'k' }],
    [event('VIEW', { EventKey: 'https://a' }), { type: 'event.VIEW', eventKey: 'https://a' }],
    [
      event('TEMPLATESENDJOBFINISH', { MsgID: '9', Status: 'success' }),
      { type: 'event.TEMPLATESENDJOBFINISH', msgId: '9', status: 'success' },
    ],
    [
      event('MASSSENDJOBFINISH', { MsgID: '9', Status: 'send success', TotalCount: '3', SentCount: '2' }),
      {
        type: 'event.MASSSENDJOBFINISH',
        msgId: '9',
        status: 'send success',
        totalCount: 3,
        sentCount: 2,
        errorCount: undefined,
      },
    ],
    [
      event('subscribe_msg_popup_event', { List: decisions }),
      {
        type: 'event.subscribe_msg_popup_event',
        items: [
          { templateId: 't1', status: 'accept', popupScene: '2' },
          { templateId: 't2', status: 'reject', popupScene: '2' },
        ],
      },
    ],
    [
      event('subscribe_msg_change_event', { SubscribeMsgChangeEvent: { List: decisions[1] } }),
      {
        type: 'event.subscribe_msg_change_event',
        items: [{ templateId: 't2', status: 'reject', popupScene: '2' }],
      },
    ],
    [
      event('subscribe_msg_sent_event', {
        List: { TemplateId: 't1', MsgID: '9', ErrorCode: '0', ErrorStatus: 'success' },
      }),
      {
        type: 'event.subscribe_msg_sent_event',
        items: [{ templateId: 't1', msgId: '9', errorCode: 0, errorStatus: 'success' }],
      },
    ],
  ])('%j has typed fields', (fields, wanted) => {
    expect(parse(fields)).toEqual({ ...common, ...wanted })
  })

  it.each([
    [{ MsgType: 'file' }, 'file'],
    [event('open_product_order', {}), 'event.open_product_order'],
    [event('subscribe_msg_popup_event', { List: [{}] }), 'event.subscribe_msg_popup_event'],
    [{ MsgType: 'location', MsgId: '1', Location_X: 'north' }, 'location'],
    [{ MsgType: 'constructor' }, 'constructor'],
  ])('%j is unknown, and no error', (fields, kind) => {
    expect(parse(fields)).toEqual({ ...common, type: 'unknown', kind })
  })

  it('of XML is the same as of JSON', () => {
    const xml = `<xml><FromUserName>o1</FromUserName><ToUserName>gh_1</ToUserName><CreateTime>1714112445</CreateTime>
      <MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>
      <List><TemplateId>t1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>
      <List><TemplateId>t2</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>
      </SubscribeMsgPopupEvent></xml>`
    expect(parseMessage(parsePushText(xml, 'xml'), 'wx1').message).toMatchObject({
      type: 'event.subscribe_msg_popup_event',
      items: [
        { templateId: 't1', status: 'accept' },
        { templateId: 't2', status: 'reject' },
      ],
    })
  })

  it('of any other fields is a message, or none: it never breaks in another way', () => {
    const value = fc.oneof(fc.string(), fc.double(), fc.constant(null), fc.array(fc.string()), fc.object())
    const kinds = fc.constantFrom('text', 'image', 'location', 'event')
    const events = fc.constantFrom('SCAN', 'subscribe', 'subscribe_msg_sent_event', 'x')
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('Content', 'EventKey', 'MsgId', 'List'), value),
        kinds,
        events,
        (fields, MsgType, Event) => {
          const { message, id } = parseMessage({ ...base, MsgType, Event, ...fields, MsgId: '1' }, 'wx1')
          expect(message.openid).toBe('o1')
          expect(id).toMatch(/^[\w-]{43}$/)
        },
      ),
      { numRuns: 500 },
    )
    expect(() => parseMessage({ ToUserName: 'gh_1' }, 'wx1')).toThrow()
  })

  it('whose id a JSON parser has rounded is told apart by its other fields', () => {
    // Above 2^53, both numbers are the same one.
    const idOf = (Content: string) =>
      parseMessage({ ...base, MsgType: 'text', Content, MsgId: Number('24559735316451987') }, 'wx1').id
    expect(idOf('a')).not.toBe(idOf('b'))
    expect(idOf('a')).toBe(idOf('a'))
  })

  it.each([
    [
      'notices in JSON',
      { Event: 'subscribe_msg_sent_event', List: { MsgID: '1' } },
      { List: { MsgID: '2' } },
    ],
    [
      'notices in XML',
      { Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List: { MsgID: '1' } } },
      { SubscribeMsgSentEvent: { List: { MsgID: '2' } } },
    ],
    ['cards', { Event: 'user_get_card', UserCardCode: '1' }, { UserCardCode: '2' }],
  ])('is told apart from another one of the same second if they are %s', (_name, fields, other) => {
    const idOf = (more: object) => parseMessage({ ...base, MsgType: 'event', ...fields, ...more }, 'wx1').id
    expect(idOf(other)).not.toBe(idOf({}))
    expect(idOf({})).toBe(idOf({}))
  })

  it('is told apart from the same one of another account', () => {
    const fields = { ...base, MsgType: 'text', Content: 'a', MsgId: '1' }
    expect(parseMessage(fields, 'wx1').id).not.toBe(parseMessage(fields, 'wx2').id)
  })
})
