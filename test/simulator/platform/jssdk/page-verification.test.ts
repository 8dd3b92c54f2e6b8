import { createHash } from 'node:crypto'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { accessToken, call, jpeg, post, simulate } from '../../support.ts'

const pageUrl = 'http://localhost:3000/capsule?a=%E4%BD%A0&b=1'

function signed(simulator: RunningSimulator, url: string, ticket = simulator.currentJsapiTicket) {
  const text = `jsapi_ticket=${ticket}&noncestr=nonce&timestamp=1414587457&url=${url}`
  const signature = createHash('sha1').update(text).digest('hex')
  return {
    appId: simulator.appId,
    timestamp: 1414587457,
    nonceStr: 'nonce',
    signature,
    url,
    jsApiList: ['x'],
  }
}

const verify = async (simulator: RunningSimulator, config: object) =>
  (await post(simulator, '/simulator/page/preverify', config)).body

describe('wx.config', () => {
  it('is accepted with a right signature, wherever a fragment points', async () => {
    const simulator = await simulate()
    const config = signed(simulator, pageUrl)
    expect(await verify(simulator, config)).toMatchObject({ isAccepted: true, errMsg: 'config:ok' })
    expect(await verify(simulator, { ...config, url: `${pageUrl}#/route` })).toMatchObject({
      isAccepted: true,
    })
  })

  it('is refused where anything else was signed, without telling the ticket', async () => {
    const simulator = await simulate()
    const config = signed(simulator, pageUrl)
    for (const change of [
      { url: `${pageUrl}&c=1` },
      { nonceStr: 'other' },
      { timestamp: 1 },
      { signature: 'x' },
    ]) {
      expect(await verify(simulator, { ...config, ...change })).toMatchObject({
        isAccepted: false,
        errMsg: 'config:invalid signature',
      })
    }
    expect(await verify(simulator, { ...config, appId: 'wxsimother' })).toMatchObject({ isAccepted: false })
    expect(JSON.stringify(await verify(simulator, config))).not.toContain(simulator.currentJsapiTicket)
  })

  it('is told which address was signed by mistake', async () => {
    const simulator = await simulate()
    const { signature } = signed(simulator, 'http://localhost:3000/capsule')
    const config = signed(simulator, pageUrl)
    expect(await verify(simulator, { ...config, signature })).toMatchObject({
      mistake: { zh: '签名时丢掉了查询参数', en: 'the query was left out' },
    })
    expect(await verify(simulator, { ...config, signature: 'of nothing' })).not.toHaveProperty('mistake')
  })

  it('gives every reason of a refusal in Chinese too', async () => {
    const simulator = await simulate({ safeDomains: ['localhost'] })
    const config = signed(simulator, pageUrl)
    for (const change of [
      { appId: '' },
      { jsApiList: [] },
      { appId: 'wxsimother' },
      { url: 'http://elsewhere.example/' },
      { nonceStr: 'other' },
    ]) {
      const { hint, hintZh } = await verify(simulator, { ...config, ...change })
      expect(hint).toMatch(/^[\x20-\x7e]+$/)
      expect(hintZh).toMatch(/[\u4e00-\u9fff]/)
    }
  })

  it('may be about open tags alone', async () => {
    const simulator = await simulate()
    const config = { ...signed(simulator, pageUrl), jsApiList: [], openTagList: ['wx-open-launch-weapp'] }
    expect(await verify(simulator, config)).toMatchObject({ isAccepted: true })
  })

  it('is refused once the ticket was replaced, and the hint says so', async () => {
    const simulator = await simulate()
    const config = signed(simulator, pageUrl)
    simulator.rotateJsapiTicket()
    expect(await verify(simulator, config)).toMatchObject({
      errMsg: 'config:invalid signature',
      hint: expect.stringContaining('replaced'),
    })
    simulator.configure({ jsapiTicketOverlapSeconds: 60 })
    expect(await verify(simulator, config)).toMatchObject({ isAccepted: true })
    simulator.advance(60_000)
    expect(await verify(simulator, config)).toMatchObject({ isAccepted: false })
  })

  it('dies with its ticket after two hours', async () => {
    const simulator = await simulate()
    const config = signed(simulator, pageUrl)
    simulator.advance(7_200_000)
    expect(await verify(simulator, config)).toMatchObject({ errMsg: 'config:invalid signature' })
  })

  it.each([
    ['http://localhost:3000/', 'loopback', true],
    ['https://m.example.com/', 'loopback', false],
    ['https://m.example.com/', ['example.com'], true],
    ['https://example.com.evil.test/', ['example.com'], false],
    ['https://notexample.com/', ['example.com'], false],
    ['https://example.com:8443/', ['example.com'], false],
  ] as const)('on %s with the safe domains %j is accepted: %s', async (url, safeDomains, isAccepted) => {
    const simulator = await simulate({ safeDomains })
    const verdict = await verify(simulator, signed(simulator, url))
    expect(verdict.isAccepted).toBe(isAccepted)
    if (!isAccepted) expect(verdict.errMsg).toBe('config:invalid url domain')
  })

  it('needs all of its fields', async () => {
    const simulator = await simulate()
    const config = signed(simulator, pageUrl)
    expect(await verify(simulator, { ...config, nonceStr: '' })).toMatchObject({ errMsg: 'config:fail' })
    expect(await verify(simulator, { ...config, jsApiList: [] })).toMatchObject({
      errMsg: 'config:param is empty',
    })
    expect((await post(simulator, '/simulator/page/preverify', {})).status).toBe(400)
  })
})

describe('what a page recorded', () => {
  const send = (simulator: RunningSimulator, query: Record<string, string>, data: Buffer, origin?: string) =>
    call(simulator, '/simulator/page/media', query, {
      method: 'POST',
      body: new Uint8Array(data),
      headers: origin === undefined ? {} : { origin },
    })

  it('is media of the account, and can be fetched back', async () => {
    const simulator = await simulate()
    const media_id = String((await send(simulator, { type: 'image' }, jpeg)).body.media_id)
    const access_token = await accessToken(simulator)
    expect((await call(simulator, '/cgi-bin/media/get', { access_token, media_id })).bytes).toEqual(jpeg)
    const back = await call(simulator, `/simulator/page/media/${media_id}`)
    expect([back.headers.get('content-type'), back.bytes]).toEqual(['image/jpeg', jpeg])
    expect((await call(simulator, '/simulator/page/media/unknown')).status).toBe(404)
  })

  it('has a type and a size', async () => {
    const simulator = await simulate()
    expect((await send(simulator, { type: 'thumb' }, jpeg)).status).toBe(400)
    expect((await send(simulator, { type: 'image' }, Buffer.alloc(0))).status).toBe(400)
    expect((await send(simulator, { type: 'image' }, Buffer.alloc(10 * 1024 * 1024 + 1))).status).toBe(400)
  })

  it('comes from pages of the safe domains only; others can just learn that they are none', async () => {
    const simulator = await simulate({ safeDomains: ['m.example.com'] })
    const allowed = await send(simulator, { type: 'image' }, jpeg, 'https://m.example.com')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://m.example.com')
    expect((await send(simulator, { type: 'image' }, jpeg, 'https://evil.test')).status).toBe(403)
    const elsewhere = await call(
      simulator,
      '/simulator/page/preverify',
      {},
      {
        method: 'POST',
        body: JSON.stringify(signed(simulator, 'https://evil.test/')),
        headers: { origin: 'https://evil.test' },
      },
    )
    expect(elsewhere.body).toMatchObject({ errMsg: 'config:invalid url domain' })
    const preflight = await call(
      simulator,
      '/simulator/page/preverify',
      {},
      { method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } },
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Content-Type')
  })
})
