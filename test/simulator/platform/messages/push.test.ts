import { reply } from 'express-wechat'
import { describe, expect, it, vi } from 'vitest'
import { AES_KEY, FAILURE, simulate, startApp, startRawApp, TOKEN } from './support.ts'

const PERSON = 'lin-xiaoyu'
const STRANGER = 'chen-siyuan'

describe('a push of the simulator', () => {
  it.each([
    { mode: 'plain', format: 'xml' },
    { mode: 'plain', format: 'json' },
    { mode: 'compatible', format: 'xml' },
    { mode: 'compatible', format: 'json' },
    { mode: 'secure', format: 'xml' },
    { mode: 'secure', format: 'json' },
  ] as const)('reaches messageHandler in $mode mode as $format, and its reply the chat', async settings => {
    const wechat = await simulate()
    const seen = vi.fn()
    const on = {
      text: ({ content, msgId }: { content: string; msgId: string }) => {
        seen(msgId)
        return reply.text(`<${content}> ]]> 收到`)
      },
    }
    await wechat.setPush(await startApp(wechat, { on }, settings))

    const result = await wechat.push(PERSON, { type: 'text', content: '你好' })
    expect(result).toMatchObject({
      outcome: 'reply',
      reply: { type: 'text', content: '<你好> ]]> 收到' },
      deliveries: [{ status: 200, answer: 'reply' }],
    })
    // A MsgId is larger than JavaScript's exact integers, and arrives with all its digits.
    expect(seen).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^\d{17}$/))
    expect(wechat.chat(PERSON).map(({ from, content }) => [from, content])).toEqual([
      ['person', { type: 'text', content: '你好' }],
      ['account', { type: 'text', content: '<你好> ]]> 收到' }],
    ])
  })

  it('has each kind of message, and takes each kind of reply', async () => {
    const wechat = await simulate()
    const thumb = wechat.uploadMedia({ type: 'thumb', data: Buffer.from('thumb') })
    const clip = wechat.uploadMedia({ type: 'video', data: Buffer.from('clip') })
    const settings = await startApp(wechat, {
      on: {
        image: ({ mediaId }) => reply.image(mediaId),
        voice: ({ mediaId }) => reply.voice(mediaId),
        video: ({ mediaId }) => reply.video(mediaId, { title: '片' }),
        location: ({ latitude, label }) =>
          reply.music({ thumbMediaId: thumb, title: `${label} ${latitude}` }),
        link: ({ url }) => reply.news({ title: '看', url }),
        'event.LOCATION': ({ precision }) => reply.text(`${precision}`),
      },
    })
    await wechat.setPush({ ...settings, format: 'json' })

    const ask = async (message: Parameters<typeof wechat.push>[1]) =>
      (await wechat.push(PERSON, message)).reply
    expect(await ask({ type: 'image' })).toEqual({ type: 'image', mediaId: expect.stringMatching(/^sim_/) })
    expect(await ask({ type: 'voice' })).toMatchObject({ type: 'voice' })
    expect(await ask({ type: 'video', mediaId: clip })).toEqual({ type: 'video', mediaId: clip, title: '片' })
    expect(await ask({ type: 'location', latitude: 31.25, longitude: 121.5, label: '外滩' })).toEqual({
      type: 'music',
      thumbMediaId: thumb,
      title: '外滩 31.25',
    })
    expect(await ask({ type: 'link', title: 't', url: 'https://m.example.com/' })).toMatchObject({
      type: 'news',
      title: '看',
      url: 'https://m.example.com/',
    })
    const place = { Latitude: 1.5, Longitude: 2.5, Precision: 65 }
    expect(await ask({ type: 'event', event: 'LOCATION', fields: place })).toMatchObject({ content: '65' })
  })

  it('follows people, scans scenes and presses the menu', async () => {
    const wechat = await simulate()
    const settings = await startApp(wechat, {
      on: {
        'event.subscribe': ({ sceneKey = 'nothing' }) => reply.text(`welcome by ${sceneKey}`),
        'event.SCAN': ({ sceneKey }) => reply.text(`scanned ${sceneKey}`),
        'event.CLICK': ({ eventKey }) => reply.text(`pressed ${eventKey}`),
      },
    })
    await wechat.setPush(settings)

    expect((await wechat.follow(STRANGER)).reply).toMatchObject({ content: 'welcome by nothing' })
    expect(wechat.people.get(STRANGER)?.isFollower).toBe(true)
    expect((await wechat.scan(STRANGER, 'desk-7')).reply).toMatchObject({ content: 'scanned desk-7' })
    expect((await wechat.pressMenu(STRANGER, 'help')).reply).toMatchObject({ content: 'pressed help' })
    expect(await wechat.unfollow(STRANGER)).toMatchObject({ outcome: 'no-reply' })
    expect(wechat.people.get(STRANGER)?.isFollower).toBe(false)
    expect((await wechat.scan('zhao-min', 'desk-8')).reply).toMatchObject({ content: 'welcome by desk-8' })

    await expect(wechat.push(STRANGER, { type: 'text', content: 'x' })).rejects.toThrow('does not follow')
    await expect(wechat.follow(PERSON)).rejects.toThrow('follows the account already')
    await expect(wechat.follow('nobody')).rejects.toThrow('there is no person "nobody"')
  })

  it('is delivered three times, five simulated seconds apart, and then is a failure', async () => {
    const wechat = await simulate()
    const bodies: string[] = []
    await wechat.setPush(
      await startRawApp(body => {
        bodies.push(body)
        return undefined
      }),
    )
    const pushed = wechat.push(PERSON, { type: 'text', content: 'hello' })
    for (const deliveries of [1, 2, 3]) {
      await vi.waitFor(() => expect(bodies).toHaveLength(deliveries))
      wechat.advance(4_000)
      expect(wechat.history.count('/push', entry => entry.isPush === true)).toBe(deliveries)
      wechat.advance(1_000)
    }
    const { outcome, reason, deliveries } = await pushed
    expect({ outcome, reason }).toEqual({
      outcome: 'failure',
      reason: 'the app has not answered within 5 seconds',
    })
    expect(deliveries.map(({ answer }) => answer)).toEqual(['timeout', 'timeout', 'timeout'])
    const [first = Number.NaN, second = 0, third = 0] = deliveries.map(({ at }) => at)
    for (const gap of [second - first, third - second]) expect(gap).toBeGreaterThanOrEqual(5_000)
    // All three are one message.
    expect(new Set(bodies).size).toBe(1)
    expect(wechat.chat(PERSON).at(-1)).toMatchObject({
      from: 'platform',
      content: { type: 'failure', content: FAILURE },
      reason,
    })
  })

  it('is delivered again after HTTP 500, until the app answers', async () => {
    const wechat = await simulate()
    let count = 0
    await wechat.setPush(
      await startRawApp(() => {
        count += 1
        return count === 1 ? { status: 500, body: 'broken' } : { body: 'success' }
      }),
    )
    const pushed = wechat.push(PERSON, { type: 'text', content: 'hello' })
    await vi.waitFor(() => expect(wechat.history.entries.at(-1)).toMatchObject({ status: 500 }))
    wechat.advance(5_000)
    expect(await pushed).toMatchObject({
      outcome: 'no-reply',
      deliveries: [{ answer: 'bad-status', status: 500 }, { answer: 'success' }],
    })
  })

  it.each([
    ['<xml><MsgType>text</MsgType></xml>', /"ToUserName" must be the person’s openid/],
    ['{"MsgType":"text"}', /no XML with the root <xml>/],
    ['<!DOCTYPE html><p>error</p>', /no XML with the root <xml>/],
    ['"success"', /no XML/],
    ['<!DOCTYPE xml [<!ENTITY a "x">]><xml><MsgType>text</MsgType></xml>', /without a DTD/],
    ['<xml><Encrypt>abc</Encrypt></xml>', /mode is plain/],
  ])('that is answered with %s is a failure at once, with the reason', async (body, reason) => {
    const wechat = await simulate()
    await wechat.setPush(await startRawApp(() => ({ body })))
    const result = await wechat.push(PERSON, { type: 'text', content: 'hello' })
    expect(result).toMatchObject({ outcome: 'failure', deliveries: [{ answer: 'invalid' }] })
    expect(result.reason).toMatch(reason)
    expect(wechat.chat(PERSON).at(-1)).toMatchObject({ content: { content: FAILURE }, reason: result.reason })
  })

  it.each([
    ['a kind of reply that there is none', { MsgType: 'file' }, /"MsgType" must be text/],
    ['a name that every object has', { MsgType: 'constructor' }, /"MsgType" must be text/],
    ['a medium that is not there', { MsgType: 'image', Image: { MediaId: 'gone' } }, /invalid media_id/],
    ['a text without content', { MsgType: 'text' }, /Content/],
    ['two articles', { MsgType: 'news', ArticleCount: 2, Articles: [{}, {}] }, /ArticleCount/],
    ['another account', { MsgType: 'text', Content: 'x', FromUserName: 'gh_other' }, /"FromUserName"/],
  ])('does not accept %s', async (_name, more, reason) => {
    const wechat = await simulate()
    const settings = await startRawApp(text => {
      const { ToUserName, FromUserName } = JSON.parse(text)
      const head = { ToUserName: FromUserName, FromUserName: ToUserName, CreateTime: 1 }
      return { body: JSON.stringify({ ...head, ...more }) }
    })
    await wechat.setPush({ ...settings, format: 'json' })
    expect((await wechat.push(PERSON, { type: 'text', content: 'hello' })).reason).toMatch(reason)
  })

  it('in secure mode wants an encrypted reply with the right signature', async () => {
    const wechat = await simulate()
    const answers = ['{"MsgType":"text"}', '{"Encrypt":"YWJj","MsgSignature":"0","TimeStamp":1,"Nonce":"n"}']
    const settings = await startRawApp(() => ({ body: answers.shift() ?? '' }))
    await wechat.setPush({ ...settings, encodingAesKey: AES_KEY, format: 'json' })
    const ask = async () => (await wechat.push(PERSON, { type: 'text', content: 'hello' })).reason
    expect(await ask()).toMatch(/not encrypted/)
    expect(await ask()).toMatch(/"MsgSignature"/)
  })

  it('pauses for a minute after five failures in a row', async () => {
    const wechat = await simulate()
    let deliveries = 0
    await wechat.setPush(
      await startRawApp(() => {
        deliveries += 1
        return { body: 'oops' }
      }),
    )
    const ask = () => wechat.push(PERSON, { type: 'text', content: 'hello' })
    for (let failure = 0; failure < 5; failure += 1) expect((await ask()).outcome).toBe('failure')
    expect(await ask()).toMatchObject({ outcome: 'not-pushed', reason: /for a minute/ })
    expect(deliveries).toBe(5)
    wechat.advance(60_000)
    expect((await ask()).outcome).toBe('failure')
    expect(deliveries).toBe(6)
  })

  it('ends with the simulator: no other delivery follows', async () => {
    const wechat = await simulate()
    let deliveries = 0
    await wechat.setPush(
      await startRawApp(() => {
        deliveries += 1
        return undefined
      }),
    )
    const pushed = wechat.push(PERSON, { type: 'text', content: 'hello' })
    await vi.waitFor(() => expect(deliveries).toBe(1))
    await wechat.close()
    expect((await pushed).deliveries).toHaveLength(1)
    expect(deliveries).toBe(1)
    const late = await wechat.push(PERSON, { type: 'text', content: 'hello' })
    expect(late).toMatchObject({ outcome: 'not-pushed', reason: /closed/, deliveries: [] })
  })

  it('is given up at a reset, and the answer does not come into the new conversation', async () => {
    const wechat = await simulate()
    let deliveries = 0
    await wechat.setPush(
      await startRawApp(() => {
        deliveries += 1
        return undefined
      }),
    )
    const pushed = wechat.push(PERSON, { type: 'text', content: 'hello' })
    await vi.waitFor(() => expect(deliveries).toBe(1))
    wechat.reset()
    expect(await pushed).toMatchObject({ outcome: 'not-pushed', reason: /reset/ })
    expect(wechat.chat(PERSON)).toEqual([])
  })

  it('works after a reset, which sets back the time in which the pause would end', async () => {
    const wechat = await simulate()
    await wechat.setPush(await startRawApp(() => ({ body: 'oops' })))
    const ask = async () => (await wechat.push(PERSON, { type: 'text', content: 'hello' })).outcome
    wechat.advance(86_400_000)
    for (let failure = 0; failure < 5; failure += 1) await ask()
    expect(await ask()).toBe('not-pushed')
    wechat.reset()
    expect(await ask()).toBe('failure')
  })

  it('reads at most 1 MiB of an answer that never ends', async () => {
    const wechat = await simulate()
    await wechat.setPush(await startRawApp(() => ({ body: endless() })))
    expect(await wechat.push(PERSON, { type: 'text', content: 'hello' })).toMatchObject({
      outcome: 'failure',
      reason: 'the answer is longer than 1 MiB',
    })
  })

  it('of somebody who leaves the account gets no reply into the conversation', async () => {
    const wechat = await simulate()
    const on = { 'event.unsubscribe': () => reply.text('too late') }
    await wechat.setPush(await startApp(wechat, { on }))
    await wechat.unfollow(PERSON)
    expect(wechat.chat(PERSON).map(({ content }) => content)).toEqual([{ type: 'unfollow' }])
  })

  it('is in the history without the token, the key or a signature', async () => {
    const wechat = await simulate()
    await wechat.setPush(await startApp(wechat, { on: { text: () => reply.text('fine') } }))
    await wechat.push(PERSON, { type: 'text', content: 'hello' })
    const [entry] = wechat.history.entries.filter(({ isPush }) => isPush)
    expect(entry).toMatchObject({ method: 'POST', path: '/wechat/push', status: 200 })
    expect(entry?.parameters.msg_signature).toMatch(/^#[0-9a-f]{8}$/)
    expect(entry?.answer).toBe('{"type":"text","content":"fine"}')
    const everything = JSON.stringify([wechat.history.entries, wechat.chat(PERSON), wechat.exportState()])
    for (const secret of [TOKEN, AES_KEY]) expect(everything).not.toContain(secret)
  })
})

describe('the push URL', () => {
  it('is saved only if the app answers its check, and the earlier one stays if not', async () => {
    const wechat = await simulate()
    const settings = await startApp(wechat, { on: { text: () => reply.text('fine') } })
    await wechat.setPush(settings)
    await expect(wechat.setPush({ ...settings, token: 'another' })).rejects.toThrow('HTTP 403')
    await expect(wechat.setPush({ ...settings, url: `${wechat.url}/` })).rejects.toThrow('echostr')
    expect((await wechat.push(PERSON, { type: 'text', content: 'x' })).outcome).toBe('reply')
  })

  it('of the options is checked before the first push, since the app starts later', async () => {
    const raw = await startRawApp(() => ({ body: '' }))
    const wechat = await simulate({ push: raw })
    expect((await wechat.push(PERSON, { type: 'text', content: 'x' })).outcome).toBe('no-reply')
    const other = await simulate({ push: { ...raw, url: raw.url.replace('/push', '/elsewhere') } })
    expect(await other.push(PERSON, { type: 'text', content: 'x' })).toMatchObject({
      outcome: 'not-pushed',
      reason: /check of the push URL with HTTP 404/,
    })
  })

  it('of another machine needs allowInsecureHost, as a container does', async () => {
    const push = { url: 'http://app:3000/push', token: TOKEN }
    await expect(simulate({ push })).rejects.toThrow('--allow-insecure-host')
    await expect(simulate({ push, allowInsecureHost: true })).resolves.toBeDefined()
  })

  it('is set only with the key of this run, and no page of another site sets it', async () => {
    const wechat = await simulate()
    const raw = await startRawApp(() => ({ body: '' }))
    const set = async (headers: Record<string, string>) => {
      const request = { method: 'POST', headers, body: JSON.stringify(raw) }
      return (await fetch(`${wechat.url}/simulator/push-settings`, request)).status
    }
    expect(await set({})).toBe(401)
    const key = { 'X-Simulator-Key': wechat.controlKey }
    expect(await set({ ...key, Origin: 'https://evil.example.com' })).toBe(403)
    expect(await wechat.push(PERSON, { type: 'text', content: 'x' })).toMatchObject({ outcome: 'not-pushed' })
    expect(await set(key)).toBe(200)
    expect(await wechat.push(PERSON, { type: 'text', content: 'x' })).toMatchObject({ outcome: 'no-reply' })
  })

  it('shows its Token and key nowhere: not in the dashboard, not in the control API', async () => {
    const wechat = await simulate()
    await wechat.setPush(await startApp(wechat, { on: { text: () => reply.text('fine') } }))
    await wechat.push(PERSON, { type: 'text', content: 'hello' })
    const paths = [
      '',
      'simulator/dashboard',
      'simulator/state',
      'simulator/history',
      `simulator/people/${PERSON}/chat`,
    ]
    for (const path of paths) {
      const answer = await fetch(`${wechat.url}/${path}`)
      expect(answer.status, path).toBe(200)
      const text = await answer.text()
      for (const secret of [TOKEN, AES_KEY]) expect(text, path).not.toContain(secret)
    }
  })

  it('is missing: nothing is pushed, and the reason says what sets it', async () => {
    const wechat = await simulate()
    expect(await wechat.push(PERSON, { type: 'text', content: 'x' })).toMatchObject({
      outcome: 'not-pushed',
      reason: /setPush/,
    })
    expect(wechat.chat(PERSON)).toMatchObject([{ from: 'person', reason: /setPush/ }])
  })

  it.each([
    [{ token: 'ab' }, /token.*|3 to 32/],
    [{ mode: 'secure' as const }, /encodingAesKey/],
    [{ encodingAesKey: 'secretTooShort' }, /43 characters/],
    [{ url: 'ftp://127.0.0.1/' }, /url/],
    [{ url: 'https://m.example.com/push' }, /"url" must be of this machine/],
  ])('with %o is refused by name, and the message repeats no value', async (changes, reason) => {
    const settings = { url: 'http://127.0.0.1:9/push', token: TOKEN, ...changes }
    const refused = (await simulate()).setPush(settings)
    await expect(refused).rejects.toThrow(TypeError)
    await expect(refused).rejects.toThrow(reason)
    await expect(refused).rejects.not.toThrow('secretTooShort')
  })
})

/** The app sends data until the client closes the connection. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, 'x')
}
