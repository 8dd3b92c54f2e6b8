import { getSignature } from '@wecom/crypto'
import express, { type RequestHandler } from 'express'
import {
  createTokenManager,
  type MessageHandlerOptions,
  messageHandler,
  reply,
  wechatRouter,
} from 'express-wechat'
import { describe, expect, it } from 'vitest'
import { listenTo } from '../support/channels.ts'
import { inject } from '../support/inject.ts'
import { listen } from '../support/listen.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { keepWarnings } from '../support/warning.ts'
import {
  createPushClient,
  NONCE,
  nowSeconds,
  type PushOptions,
  textMessage,
  toXml,
} from './support/push-client.ts'
import { VECTORS } from './wire/vectors.ts'

const { token, aesKey, appId } = VECTORS
const tokenManager = createTokenManager({ appId, appSecret: 'secret-of-the-tests' })
const echo: MessageHandlerOptions['on'] = {
  text: ({ content }) => reply.text(`you said ${content}`),
  other: message => reply.text(message.type === 'unknown' ? `unknown ${message.kind}` : message.type),
}

function start(options: Partial<MessageHandlerOptions> = {}, before: RequestHandler[] = []) {
  const app = express()
  for (const middleware of before) app.use(middleware)
  app.all('/push', messageHandler({ tokenManager, token, encodingAesKey: aesKey, on: echo, ...options }))
  return { app, client: createPushClient(app, { token, appId, aesKey }) }
}

function startPlain(options: Partial<MessageHandlerOptions> = {}, before: RequestHandler[] = []) {
  const app = express()
  for (const middleware of before) app.use(middleware)
  app.all('/push', messageHandler({ tokenManager, token, on: echo, ...options }))
  return { app, client: createPushClient(app, { token, appId }) }
}

/** A clock that stands at a moment of 2024, when WeChat's vectors were made. */
function clockAt(seconds: number) {
  const clock = new ManualClock()
  clock.wallMs = () => seconds * 1000
  return createTokenManager({ appId, appSecret: 'secret-of-the-tests', clock })
}

describe('the URL check', () => {
  const { timestamp, nonce, signature } = VECTORS.urlCheck
  const query = `signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`
  const { app } = start({ tokenManager: clockAt(Number(timestamp)) })

  it("answers WeChat's published vector with the bare echostr and its length", async () => {
    const { status, headers, text } = await inject(app, `/push?${query}&echostr=4375120948345356249`)
    expect({ status, text }).toEqual({ status: 200, text: '4375120948345356249' })
    expect(headers).toMatchObject({ 'content-length': 19, 'x-content-type-options': 'nosniff' })
    expect(headers['content-type']).toMatch(/^text\/plain/)
  })

  it.each([
    ['another signature', `${query.replace('signature=f', 'signature=e')}&echostr=4375`],
    ['no signature', `timestamp=${timestamp}&nonce=${nonce}&echostr=4375`],
    ['no echostr', query],
    ['two timestamps', `${query}&timestamp=1&echostr=4375`],
  ])('is refused with %s', async (_name, wrong) => {
    const { status, text } = await inject(app, `/push?${wrong}`)
    expect(status).toBe(403)
    expect(text).not.toContain('4375')
  })

  it('is the one thing besides POST: other methods are 405', async () => {
    const { status, headers } = await inject(app, `/push?${query}`, { method: 'PUT' })
    expect([status, headers.allow]).toEqual([405, 'GET, POST'])
  })
})

describe('a push', () => {
  it("that is WeChat's published vector reaches its handler", async () => {
    const { timestamp, nonce, signature, encrypted } = VECTORS.secure
    const kinds: unknown[] = []
    const { client } = start({
      tokenManager: clockAt(Number(timestamp)),
      on: { other: message => void kinds.push(message.type === 'unknown' && message.kind, message.openid) },
    })
    const body = JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt: encrypted })
    const answer = await client.send(body, { timestamp, nonce, msg_signature: signature }, { format: 'json' })
    expect(answer).toMatchObject({ status: 200, text: 'success' })
    expect(kinds).toEqual(['event.debug_demo', 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY'])
  })

  it.each(['xml', 'json'] as const)('in %s is answered in the same format, encrypted', async format => {
    const { client } = start()
    const answer = await client.push(textMessage({ Content: 'a ]]> b <c> "d" 😀' }), { format })
    expect(answer.headers['content-type']).toMatch(format === 'xml' ? /^text\/xml/ : /^application\/json/)
    expect(answer.headers['content-length']).toBe(Buffer.byteLength(answer.text))
    expect(answer.text).toContain(NONCE)
    const said = client.read(answer)
    expect(said).toContain(format === 'xml' ? 'a ]]]]><![CDATA[> b <c> "d" 😀' : 'a ]]> b <c> \\"d\\" 😀')
    expect(said).toMatch(/ToUserName\W+(?:CDATA\W)?o9AgO5Kd5ggOC-bXrbNODIiE3bGY/)
    expect(said).toMatch(/FromUserName\W+(?:CDATA\W)?gh_97417a04a28d/)
  })

  it.each(['xml', 'json'] as const)('in plain mode and %s is answered plainly', async format => {
    const { client } = startPlain()
    expect((await client.push(textMessage(), { format })).text).toContain('you said hello')
  })

  it('is decrypted by the previous key, and answered with that one', async () => {
    const { client } = start({ encodingAesKey: `${'B'.repeat(43)}, ${aesKey}` })
    expect(client.read(await client.push(textMessage()))).toContain('you said hello')
  })

  it('in the compatible mode is read from its encrypted part alone', async () => {
    const { client } = start()
    const { body, query } = client.encrypted(toXml(textMessage()), {})
    const both = body.replace('</xml>', `${toXml(textMessage({ Content: 'forged' })).slice(5)}`)
    expect(client.read(await client.send(both, query))).toContain('you said hello')
  })

  it('in the compatible mode is read from its plain part without a key', async () => {
    const { client } = startPlain()
    const fields = { ...textMessage(), Encrypt: 'x' }
    expect((await client.push(fields)).text).toContain('you said hello')
  })

  it('of an unknown kind, or a known one that lacks fields, goes to the rest', async () => {
    const { client } = start()
    const ask = async (fields: object) => client.read(await client.push({ ...textMessage(), ...fields }))
    expect(await ask({ MsgType: 'file' })).toContain('unknown file')
    expect(await ask({ MsgType: 'event', Event: 'scancode_push' })).toContain('unknown event.scancode_push')
    expect(await ask({ MsgType: 'location' })).toContain('unknown location')
    expect(await ask({ MsgType: 'event', Event: '__proto__' })).toContain('unknown event.__proto__')
    expect(await ask({ MsgType: 'image', PicUrl: 'https://a/b', MediaId: 'm1' })).toContain('[image]')
  })

  it('without a handler is answered success', async () => {
    const { client } = start({ on: {} })
    expect((await client.push(textMessage())).text).toBe('success')
  })
})

describe('a body parser in front', () => {
  const all = { type: () => true }
  it.each([
    ['text', express.text(all), 'xml'],
    ['raw', express.raw(all), 'xml'],
    ['json', express.json(), 'json'],
    ['json for another type', express.json(), 'xml'],
    ['urlencoded', express.urlencoded({ extended: false }), 'xml'],
    ['xml, with lists and lower case', parseXmlLikeMiddleware, 'xml'],
  ] as const)('of %s leaves an encrypted push readable', async (_name, parser, format) => {
    const { client } = start({}, [parser])
    expect(client.read(await client.push(textMessage(), { format }))).toContain('you said hello')
  })

  it('of xml leaves a plain push readable', async () => {
    const { client } = startPlain({}, [parseXmlLikeMiddleware])
    expect((await client.push(textMessage())).text).toContain('you said hello')
  })

  it('that leaves nothing of the body gets a refusal and a warning, not a request that hangs', async () => {
    const warnings = keepWarnings()
    const { client } = start({}, [
      (req: express.Request, _res: express.Response, next: () => void) =>
        req.on('data', () => {}).on('end', next),
    ])
    expect((await client.push(textMessage())).status).toBe(403)
    expect(await warnings()).toEqual([expect.stringContaining('Mount the handler before that middleware')])
  })

  it.each([
    ['text', express.text({ type: () => true, limit: '1mb' }), 'xml'],
    ['json', express.json({ limit: '1mb' }), 'json'],
  ] as const)('of %s that accepts more does not raise the limit of 64 KiB', async (_name, parser, format) => {
    const { client } = start({}, [parser])
    const message = textMessage({ Content: 'x'.repeat(65 * 1024) })
    expect((await client.push(message, { format })).status).toBe(413)
    const { client: plain } = startPlain({}, [parser])
    expect((await plain.push(message, { format })).status).toBe(413)
  })

  it('behind the handler does no harm', async () => {
    const { app, client } = start()
    app.use(express.json())
    expect(client.read(await client.push(textMessage()))).toContain('you said hello')
  })
})

/** In CBC, a bit that is changed in one block of the ciphertext changes the same bit in the next block of the text. */
function withWrongPadding(encrypted: string): string {
  const bytes = Buffer.from(encrypted, 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 17) ^ 1, bytes.length - 17)
  return bytes.toString('base64')
}

/** Makes of XML what express-xml-bodyparser makes of it by default. */
function parseXmlLikeMiddleware(req: express.Request, res: express.Response, next: () => void): void {
  express.text({ type: () => true })(req, res, () => {
    const entries = [...String(req.body).matchAll(/<(\w+)>(?:<!\[CDATA\[)?([^<]*?)(?:\]\]>)?<\/\1>/g)]
    req.body = { xml: Object.fromEntries(entries.map(([, name = '', text]) => [name.toLowerCase(), [text]])) }
    next()
  })
}

describe('a hostile push', () => {
  const bomb = `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(1_000)}"><!ENTITY b "${'&a;'.repeat(1_000)}">]>`
  const runs: unknown[] = []
  const { client } = start({ on: { other: message => void runs.push(message) } })
  const otherClient = createPushClient(() => {}, { token, appId: 'wx0000000000000001', aesKey })
  const text = toXml(textMessage())
  const cases: [string, number, () => Promise<{ status: number; text: string }>][] = [
    ['a wrong signature', 403, () => sealed(text, {}, { msg_signature: '0'.repeat(40) })],
    ['no signature', 403, () => sealed(text, {}, { msg_signature: '' })],
    ['a signature of the plain mode', 403, () => client.send(text, client.plainQuery({}))],
    [
      'an id of another account inside',
      403,
      () => {
        const { body, query } = otherClient.encrypted(text, {})
        return client.send(body, query)
      },
    ],
    ['a timestamp of eleven minutes ago', 403, () => sealed(text, { timestamp: nowSeconds() - 660 })],
    ['a timestamp of eleven minutes ahead', 403, () => sealed(text, { timestamp: nowSeconds() + 660 })],
    ['a timestamp that is no number', 403, () => sealed(text, { timestamp: 'NaN' })],
    ['a timestamp in another spelling', 403, () => sealed(text, { timestamp: `${nowSeconds()}.0` })],
    [
      'an entity bomb outside',
      403,
      () => {
        const { body, query } = client.encrypted(text, {})
        return client.send(bomb + body.replace('</xml>', '<A>&b;</A></xml>'), query)
      },
    ],
    ['an entity bomb inside', 403, () => sealed(bomb + text.replace('</xml>', '<A>&b;</A></xml>'))],
    ['65 KiB', 413, () => sealed(toXml(textMessage({ Content: 'x'.repeat(65 * 1024) })))],
    ['a cut ciphertext', 403, () => resigned(encrypted => encrypted.slice(0, -24))],
    ['a wrong padding', 403, () => resigned(withWrongPadding)],
    [
      'JSON where XML is said',
      403,
      () => sealed(JSON.stringify(textMessage()), { format: 'json', contentType: 'text/xml' }),
    ],
    ['XML where JSON is said', 403, () => sealed(text, { contentType: 'application/json' })],
    ['JSON inside of XML', 403, () => sealed(JSON.stringify(textMessage()))],
    ['no message inside', 403, () => sealed('<xml><A>1</A></xml>')],
    ['an empty body', 403, () => client.send('', client.plainQuery({}))],
  ]

  function sealed(content: string, options: PushOptions = {}, more: Record<string, string> = {}) {
    const { body, query } = client.encrypted(content, options)
    return client.send(body, { ...query, ...more }, options)
  }

  /** A ciphertext that was changed, with the right signature. */
  function resigned(change: (encrypted: string) => string) {
    const { body } = client.encrypted(text, {})
    const encrypted = change(/CDATA\[([^\]]{100,})\]/.exec(body)?.[1] ?? '')
    return client.send(toXml({ Encrypt: encrypted }), {
      timestamp: String(nowSeconds()),
      nonce: NONCE,
      msg_signature: getSignature(token, nowSeconds(), NONCE, encrypted),
    })
  }

  it.each(cases)('with %s is refused by %i, and no handler runs', async (_name, status, send) => {
    expect((await send()).status).toBe(status)
    expect(runs).toEqual([])
  })

  it('always gets one and the same body', async () => {
    const answers = await Promise.all(cases.map(([, , send]) => send()))
    expect([...new Set(answers.map(answer => answer.text))]).toEqual([
      '{"status":403,"msg":"没有权限","data":null}',
    ])
  })

  it('is repeated without effect: the message runs once', async () => {
    const { client: own } = start({ on: { text: () => void runs.push('text') } })
    const message = textMessage()
    for (const _ of [1, 2, 3]) expect((await own.push(message)).text).toBe('success')
    expect(runs.splice(0)).toEqual(['text'])
  })

  it('in plain mode needs the signature before its body is read', async () => {
    const { client: plain } = startPlain({ on: { other: message => void runs.push(message) } })
    const answer = await plain.send('x'.repeat(70_000), { ...plain.plainQuery({}), signature: 'x' })
    expect(answer.status).toBe(403)
  })

  it('has each likely cause named once in a warning, without a secret', async () => {
    // The warnings of the test before are under way.
    await new Promise(setImmediate)
    const warnings = keepWarnings()
    const { client: fresh } = start({ on: {} })
    for (const _ of [1, 2]) await fresh.push(textMessage(), { timestamp: nowSeconds() - 660 })
    await fresh.push(textMessage(), { query: { msg_signature: 'x' } })
    const texts = await warnings()
    expect(texts).toHaveLength(2)
    expect(texts[0]).toContain("this server's clock is wrong")
    expect(texts[1]).toContain("is not the Token of WeChat's console")
    expect(texts.join()).not.toContain(aesKey)
  })
})

/** Any look at it throws, but for the one of `await`. */
const UNREADABLE = new Proxy(Object(''), {
  getPrototypeOf() {
    throw new Error('no prototype')
  },
})

describe('a function of the app that fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('the database is down')
      },
      'the database is down',
    ],
    [
      'rejects',
      async () => {
        throw new Error('the database is down')
      },
      'the database is down',
    ],
    ['returns no reply', () => 'success' as never, 'returned no reply'],
    ['returns a reply that is too long', () => reply.text('长'.repeat(700)), 'longer than 2048 bytes'],
  ])('because it %s: WeChat gets success, the channel and onError the failure', async (_name, text, part) => {
    const failures = listenTo('express-wechat:request-failed')
    const told: unknown[] = []
    const { client } = start({
      on: { text },
      onError: (error, message) => void told.push(String(error), message.type),
    })
    const warnings = keepWarnings()
    expect((await client.push(textMessage())).text).toBe('success')
    expect(await warnings()).toEqual([expect.stringContaining(part)])
    expect(failures.stop()).toEqual([
      expect.objectContaining({ code: 'push_handler_failed', message: expect.stringContaining(part) }),
    ])
    expect(told).toEqual([expect.stringContaining(part), 'text'])
  })

  it.each([
    ['a text', 'busy', 'threw a value of the type string'],
    ['what can not be read', UNREADABLE, 'threw a value that can not be read'],
  ])(
    'because it throws %s: WeChat gets success, and so it does if onError fails',
    async (_name, thrown, part) => {
      const failures = listenTo('express-wechat:request-failed')
      const fail = () => {
        throw thrown
      }
      const { client } = start({ on: { text: fail }, onError: fail })
      expect((await client.push(textMessage())).text).toBe('success')
      expect(failures.stop()).toEqual([expect.objectContaining({ message: expect.stringContaining(part) })])
    },
  )
})

describe('the options', () => {
  const make = (options: object) => () => messageHandler({ tokenManager, token, on: {}, ...options } as never)

  it.each([
    ['token', { token: 'with space' }],
    ['token', { token: undefined }],
    ['encodingAesKey', { encodingAesKey: 'short' }],
    ['encodingAesKey', { encodingAesKey: '' }],
    ['encodingAesKey', { encodingAesKey: [] }],
    ['encodingAesKey', { encodingAesKey: `${aesKey},${aesKey}1` }],
    ['on.txt', { on: { txt: () => {} } }],
    ['on.text', { on: { text: 'hello' } }],
    ['on', { on: undefined }],
    ['late', { late: true }],
    ['onError', { onError: 1 }],
  ])('name %s', (name, options) => {
    expect(make(options)).toThrow(`messageHandler: "${name}" `)
    expect(make(options)).not.toThrow(aesKey)
  })

  it('come from the environment', async () => {
    process.env.WECHAT_PUSH_TOKEN = token
    process.env.WECHAT_PUSH_AES_KEY = aesKey
    try {
      const { client } = start({ token: undefined, encodingAesKey: undefined })
      expect(client.read(await client.push(textMessage()))).toContain('you said hello')
      process.env.WECHAT_PUSH_AES_KEY = 'short'
      expect(make({})).toThrow('messageHandler: "WECHAT_PUSH_AES_KEY" ')
    } finally {
      delete process.env.WECHAT_PUSH_TOKEN
      delete process.env.WECHAT_PUSH_AES_KEY
    }
  })

  it('without a key warn once that the signature does not cover the body', async () => {
    const warnings = keepWarnings()
    const { client } = startPlain()
    await client.push(textMessage())
    await client.push(textMessage())
    expect(await warnings()).toEqual([expect.stringContaining('does not cover its body')])
  })
})

describe('wechatRouter({ push })', () => {
  const app = express()
  app.use(
    '/wechat',
    wechatRouter({
      tokenManager,
      allowedOrigins: ['https://h5.example.com'],
      push: { token, encodingAesKey: aesKey, on: echo },
    }),
  )
  app.use('/none', wechatRouter({ tokenManager }))
  const client = createPushClient(app, { token, appId, aesKey })

  it('receives messages at /push, without CORS headers', async () => {
    const answer = await client.push(textMessage(), { path: '/wechat/push' })
    expect(client.read(answer)).toContain('you said hello')
    const { headers } = await inject(app, '/wechat/push', { headers: { origin: 'https://h5.example.com' } })
    expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([])
  })

  it('has no /push without the option', async () => {
    expect((await client.push(textMessage(), { path: '/none/push' })).status).toBe(404)
  })

  it('names an option that is wrong', () => {
    expect(() => wechatRouter({ tokenManager, push: { on: { txt: 1 } } as never })).toThrow(
      'wechatRouter: "push.on.txt" ',
    )
  })

  it('answers over a connection too', async () => {
    const site = await listen(app)
    const { body, query } = client.encrypted(toXml(textMessage()), {})
    const answer = await fetch(`${site.origin}/wechat/push?${new URLSearchParams(query)}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/xml' },
    })
    expect([answer.status, answer.headers.get('transfer-encoding')]).toEqual([200, null])
    expect(answer.headers.get('content-length')).toBe(String((await answer.text()).length))
    await site.close()
  })
})
