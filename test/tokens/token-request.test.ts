import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseLenientJson } from '../../src/wechat-api/lenient-json.ts'
import { listen } from '../support/listen.ts'
import { ANY_API, hang, json, raw, refuse, reset } from '../support/scripted-wechat.ts'
import { tokenBench } from '../support/token-bench.ts'

describe('calling any API', () => {
  it('fills the token in, and hands over what WeChat answers', async () => {
    const { manager, wechat } = await tokenBench()
    wechat.once(ANY_API, json({ errcode: 0, tags: [{ id: 2, name: '星标组' }] }))
    const answer = await manager.request(`${ANY_API}?lang=zh_CN`, { query: { count: 3, full: true } })
    expect(answer).toEqual({ errcode: 0, tags: [{ id: 2, name: '星标组' }] })
    expect(wechat.calls.at(-1)).toMatchObject({
      method: 'GET',
      query: { lang: 'zh_CN', count: '3', full: 'true', access_token: await manager.getAccessToken() },
    })
  })

  it('posts where there is a body', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.request('/cgi-bin/tags/create', { json: { tag: { name: '广东' } } })
    expect(wechat.calls.at(-1)).toMatchObject({ method: 'POST', body: '{"tag":{"name":"广东"}}' })
  })

  it('sends a form as multipart with its length, also again with a new token', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    wechat.revoke()
    const form = new FormData()
    form.set('media', new Blob(['photo bytes']), 'photo.jpg')
    await expect(manager.request(ANY_API, { form })).resolves.toMatchObject({ errcode: 0 })

    const [refused, repeated] = wechat.calls.filter(call => call.path === ANY_API)
    expect(refused?.query.access_token).not.toBe(repeated?.query.access_token)
    for (const call of [refused, repeated]) {
      expect(call).toMatchObject({ method: 'POST', body: expect.stringContaining('photo bytes') })
      expect(call?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
      expect(call?.headers['content-length']).toBe(String(Buffer.byteLength(call?.body ?? '')))
      expect(call?.headers['transfer-encoding']).toBeUndefined()
    }
  })

  it.each([
    [{ form: new FormData(), json: {} }, /"form" and "json"/],
    [{ form: 'media=1' as unknown as FormData }, /"form" must be a FormData/],
  ])('refuses %o', async (options, message) => {
    const { manager, wechat } = await tokenBench()
    await expect(manager.request(ANY_API, options)).rejects.toThrow(message)
    expect(wechat.count(ANY_API)).toBe(0)
  })

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-12345678901234567890', '-12345678901234567890'],
    ['9007199254740991', 9007199254740991],
    ['1234567890.1234567890123456', 1234567890.1234567],
    ['"12345678901234567890"', '12345678901234567890'],
  ])('reads the number %s without losing a digit of an integer', async (written, read) => {
    const { manager, wechat } = await tokenBench()
    wechat.once(ANY_API, raw(200, `{"msgid":${written},"list":[{"id":${written}}]}`))
    await expect(manager.request(ANY_API)).resolves.toEqual({ msgid: read, list: [{ id: read }] })
  })

  it('keeps all digits of any integer', async () => {
    await fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), integer => {
        const parsed = parseLenientJson(Buffer.from(`{"id":${integer}}`)) as { id: unknown }
        expect(String(parsed.id)).toBe(String(integer))
        expect(typeof parsed.id).toBe(Number.isSafeInteger(Number(integer)) ? 'number' : 'string')
      }),
    )
  })

  it('does not let a token in the path or the query beat the real one', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.request(`${ANY_API}?access_token=a`, { query: { access_token: 'b' } })
    expect(wechat.calls.at(-1)?.query.access_token).toMatch(/^token-/)
  })

  it.each([
    [''],
    ['cgi-bin/tags/get'],
    ['//evil.test/cgi-bin'],
    ['/\\evil.test/cgi-bin'],
    ['https://evil.test/cgi-bin'],
    ['/../evil'],
    ['/cgi-bin/../../evil'],
    ['/cgi-bin/./tags'],
    ['/cgi-bin/%2e%2e/evil'],
    ['/cgi-bin/tags#fragment'],
    ['/cgi-bin/ta gs'],
    ['/cgi-bin/\ttags'],
    ['/cgi-bin/标签'],
    ['@evil.test/'],
    [':80@evil.test/'],
    ['.evil.test/'],
  ])('refuses the path %j, and asks nobody', async path => {
    const { manager, wechat } = await tokenBench()
    await expect(manager.request(path)).rejects.toMatchObject({ code: 'invalid_path', status: 500 })
    expect(wechat.calls.filter(call => !call.path.includes('token'))).toHaveLength(0)
  })

  it('sends the token nowhere but to WeChat, whatever the path', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    const path = fc.array(
      fc.constantFrom(
        '/',
        '//',
        '\\',
        '..',
        '.',
        '%2e',
        '%2f',
        '@',
        ':',
        '?',
        '#',
        'evil.test',
        'a',
        ' ',
        '\n',
      ),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(path, async pieces => {
        const before = wechat.calls.length
        const outcome = await manager.request(pieces.join('')).catch(error => error)
        const wasRefused = outcome instanceof Error
        if (!wasRefused) expect(wechat.calls.length).toBe(before + 1)
        if (wasRefused) expect(outcome).toMatchObject({ code: 'invalid_path' })
      }),
      { numRuns: 300 },
    )
  })

  it('follows no redirect, which would carry the token along', async () => {
    let visits = 0
    const elsewhere = await listen((_, res) => {
      visits += 1
      res.end('{}')
    })
    onTestFinished(elsewhere.close)
    const { manager, wechat } = await tokenBench()
    const location = `${elsewhere.origin}/`
    wechat.always(ANY_API, raw(302, '', { location }))
    await expect(manager.request(ANY_API)).rejects.toMatchObject({ code: 'wechat_protocol', status: 502 })
    expect(visits).toBe(0)
  })

  it('repeats nothing that may have been done: a POST that broke off', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    wechat.always(ANY_API, reset)
    await expect(manager.request(ANY_API, { json: {} })).rejects.toMatchObject({ code: 'wechat_unreachable' })
    expect(wechat.count(ANY_API)).toBe(1)
  })

  it('hands over the refusal of WeChat, once', async () => {
    const { manager, wechat } = await tokenBench()
    wechat.always(ANY_API, refuse(48001, 'api unauthorized rid: 6512aaaa-1b2c3d4e-5f6a7b8c'))
    await expect(manager.request(ANY_API)).rejects.toMatchObject({
      errcode: 48001,
      status: 500,
      endpoint: ANY_API,
      rid: '6512aaaa-1b2c3d4e-5f6a7b8c',
    })
    expect(wechat.count(ANY_API)).toBe(1)
  })

  it('takes answers up to a size', async () => {
    const { manager, wechat } = await tokenBench()
    wechat.always(ANY_API, json({ long: 'x'.repeat(200_000) }))
    await expect(manager.request(ANY_API)).resolves.toHaveProperty('long')
    await expect(manager.request(ANY_API, { maxAnswerBytes: 100_000 })).rejects.toMatchObject({
      code: 'wechat_protocol',
    })
  })

  it('can be given up', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    wechat.always(ANY_API, hang)
    const impatient = new AbortController()
    const given = manager.request(ANY_API, { signal: impatient.signal })
    await expect.poll(() => wechat.count(ANY_API)).toBe(1)
    impatient.abort(new Error('gone'))
    await expect(given).rejects.toThrow('gone')
  })
})
