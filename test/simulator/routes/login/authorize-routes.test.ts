import { describe, expect, it } from 'vitest'
import { authorizeUrl, call, exchange, simulate } from '../../support.ts'

const path = '/connect/oauth2/authorize'

function open(url: string, headers: Record<string, string> = {}) {
  const { origin, pathname, search } = new URL(url)
  return call({ url: origin }, pathname + search, {}, { headers })
}

function decide(url: string, form: Record<string, string>) {
  const { origin, pathname, search } = new URL(url)
  return call({ url: origin }, pathname + search, {}, { method: 'POST', body: new URLSearchParams(form) })
}

describe('the authorize page', () => {
  it('asks who one is and whether one agrees', async () => {
    const simulator = await simulate()
    const page = await open(authorizeUrl(simulator))
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('x-wechat-simulator')).toBe('1')
    expect(page.text).toContain('微信模拟器')
    for (const { id } of simulator.people.list()) expect(page.text).toContain(`value="${id}"`)
    expect(page.text.match(/<button/g)).toHaveLength(2)
  })

  it('is in English where the browser prefers it', async () => {
    const url = authorizeUrl(await simulate())
    expect((await open(url, { 'accept-language': 'en-GB,en;q=0.9,zh;q=0.5' })).text).toContain('WeChat login')
    expect((await open(url, { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.5' })).text).toContain('微信登录')
  })

  it('escapes what people call themselves', async () => {
    const { text } = await open(authorizeUrl(await simulate()))
    expect(text).toContain('&#60;花开&#62;')
    expect(text).not.toContain('<花开>')
  })

  it('leads back with code and state, before a fragment, and changes nothing else of the address', async () => {
    const simulator = await simulate()
    const redirect_uri = 'http://localhost:3000/cb?a=%E4%BD%A0&b=1#/route?x=1'
    const { status, headers } = await decide(authorizeUrl(simulator, { redirect_uri }), {
      person: 'he-miao',
      decision: 'allow',
    })
    expect(status).toBe(302)
    const location = headers.get('location') ?? ''
    const [, code = ''] =
      /^http:\/\/localhost:3000\/cb\?a=%E4%BD%A0&b=1&code=([\w-]+)&state=abc123#\/route\?x=1$/.exec(
        location,
      ) ?? []
    expect((await exchange(simulator, code)).body.openid).toBe(simulator.people.get('he-miao')?.openid)
  })

  it('leads back to an address that no header could carry as it is', async () => {
    const url = authorizeUrl(await simulate(), { redirect_uri: 'http://localhost:3000/cb?name=林 晓#雨' })
    const { status, headers } = await decide(url, { person: 'he-miao', decision: 'allow' })
    expect(status).toBe(302)
    expect(headers.get('location')).toMatch(
      /^http:\/\/localhost:3000\/cb\?name=%E6%9E%97%20%E6%99%93&code=[\w-]+&state=abc123#%E9%9B%A8$/,
    )
  })

  it('remembers the person: later silent logins ask nothing, and profile logins still ask', async () => {
    const simulator = await simulate()
    const silent = authorizeUrl(simulator, { scope: 'snsapi_base' })
    const first = await open(silent)
    expect(first.status).toBe(200)
    expect(first.text.match(/<button/g)).toHaveLength(1)
    const decided = await decide(silent, { person: 'wang-jianguo', decision: 'allow' })
    const [cookie = ''] = (decided.headers.get('set-cookie') ?? '').split(';')
    expect((await open(silent, { cookie })).status).toBe(302)
    const asked = await open(authorizeUrl(simulator), { cookie })
    expect(asked.status).toBe(200)
    expect(asked.text).toContain('value="wang-jianguo" checked')
  })

  it('takes the person from the address too', async () => {
    const url = authorizeUrl(await simulate(), { scope: 'snsapi_base', person: 'he-miao' })
    expect((await open(url)).status).toBe(302)
  })

  it('asks again after a form without a person', async () => {
    expect((await decide(authorizeUrl(await simulate()), { decision: 'allow' })).status).toBe(400)
  })

  it('closes on a refusal, or calls back with the state only where configured so', async () => {
    const simulator = await simulate()
    const refusal = { person: 'he-miao', decision: 'refuse' }
    const url = authorizeUrl(simulator)
    const closed = await decide(url, refusal)
    expect([closed.status, closed.headers.get('location')]).toEqual([200, null])
    // The phone has no way back from WeChat's last page, so the page itself leads back to the question.
    const again = /<a href="([^"]+)">重新选择<\/a>/.exec(closed.text)?.[1]?.replaceAll('&#38;', '&')
    expect(new URL(again ?? '', url).href).toBe(`${url.split('#')[0]}#wechat_redirect`)
    simulator.configure({ refusal: 'state-only' })
    const { headers } = await decide(authorizeUrl(simulator), refusal)
    expect(headers.get('location')).toBe('http://localhost:3000/wechat/auth/code?state=abc123')
  })

  it('does not ask a follower who comes from the menu', async () => {
    const simulator = await simulate({ silentForFollowers: true })
    expect((await open(authorizeUrl(simulator, { person: 'lin-xiaoyu' }))).status).toBe(302)
    expect((await open(authorizeUrl(simulator, { person: 'chen-siyuan' }))).status).toBe(200)
  })

  it('answers by itself in automatic mode', async () => {
    const simulator = await simulate({ autoApprove: 'ouyang-xue' })
    const location = (await open(authorizeUrl(simulator))).headers.get('location') ?? ''
    const { body } = await exchange(simulator, new URL(location).searchParams.get('code') ?? '')
    expect(body.openid).toBe(simulator.people.get('ouyang-xue')?.openid)
  })

  it('opens the callback twice where clients do: with one code, or with two', async () => {
    const simulator = await simulate({ doubleCallback: 'same-code', autoApprove: true })
    const codesIn = (text: string) => [...text.matchAll(/code=([\w-]{32})/g)].map(match => match[1])
    const [first, second] = codesIn((await open(authorizeUrl(simulator))).text)
    expect(first).toBeDefined()
    expect(second).toBe(first)
    simulator.configure({ doubleCallback: 'new-code' })
    expect(new Set(codesIn((await open(authorizeUrl(simulator))).text)).size).toBe(2)
  })

  it('lets no address out of its script', async () => {
    const simulator = await simulate({ doubleCallback: 'same-code', autoApprove: true })
    const redirect_uri = 'http://localhost:3000/cb?x=</script><script>alert(1)//'
    const { text } = await open(authorizeUrl(simulator, { redirect_uri }))
    expect(text).toContain('/cb?x=\\u003c/script>')
    expect(text.match(/<script/g)).toHaveLength(1)
  })

  it('wants WeChat where configured so', async () => {
    const url = authorizeUrl(await simulate({ requireWechatUserAgent: true }))
    expect((await open(url)).text).toContain('请在微信客户端打开链接')
    expect((await open(url, { 'user-agent': 'x MicroMessenger/8.0.34' })).text).toContain('<form')
  })
})

describe('an error page', () => {
  const cases: [string, Record<string, string>, number][] = [
    ['no appid', { appid: '' }, 10012],
    ['an unknown appid', { appid: 'wxsimother' }, 10012],
    ['no redirect_uri', { redirect_uri: '' }, 10011],
    ['no scope', { scope: '' }, 10010],
    ['no state', { state: '' }, 10013],
    ['a scope of another product', { scope: 'snsapi_login' }, 10005],
    ['a state of 129 characters', { state: 'a'.repeat(129) }, 10013],
    ['a state that is not letters and digits', { state: 'a-b' }, 10013],
    ['another domain', { redirect_uri: 'https://evil.example/cb' }, 10003],
    ['a domain that only begins right', { redirect_uri: 'http://localhost.evil.example/cb' }, 10003],
    ['a user name that looks like a domain', { redirect_uri: 'http://localhost@evil.example/' }, 10003],
    ['a redirect_uri without its scheme', { redirect_uri: 'localhost:3000/cb' }, 10003],
    ['a redirect_uri that was encoded twice', { redirect_uri: 'http%3A%2F%2Flocalhost%2Fcb' }, 10003],
    ['a line break', { redirect_uri: 'http://localhost:3000/\r\ncb' }, 10003],
  ]

  it.each(cases)('meets %s, and nothing is called back', async (_case, changes, errorPage) => {
    const simulator = await simulate()
    const url = authorizeUrl(simulator, changes)
    const { status, headers, text } = await open(url)
    expect([status, headers.get('location')]).toEqual([200, null])
    expect(text).toContain(`<strong>${errorPage}</strong>`)
    expect(text).not.toContain('<form')
    expect(simulator.history.entries.at(-1)?.errorPage).toBe(errorPage)
    expect((await decide(url, { person: 'he-miao', decision: 'allow' })).headers.get('location')).toBeNull()
    expect(simulator.approve(url)).toBeUndefined()
    expect(simulator.checkAuthorizeUrl(url)).toMatchObject({ isAcceptable: false, errorPage })
  })

  it('meets an empty state, but no strange one, where the platform is lenient', async () => {
    const simulator = await simulate({ strictState: false })
    const check = (state: string) => simulator.checkAuthorizeUrl(authorizeUrl(simulator, { state }))
    expect(check('')).toMatchObject({ errorPage: 10013 })
    expect(check('a-b')).toMatchObject({ isAcceptable: true })
  })

  it('meets a response_type other than code', async () => {
    const simulator = await simulate()
    expect((await open(authorizeUrl(simulator, { response_type: 'token' }))).text).not.toContain('<form')
  })

  it('refuses uncertified accounts with 10005, and non-followers of a test account with 10006', async () => {
    const simulator = await simulate({ certified: false })
    expect((await open(authorizeUrl(simulator))).text).toContain('10005')
    simulator.configure({ certified: true, testAccount: true })
    const asStranger = await decide(authorizeUrl(simulator), { person: 'he-miao', decision: 'allow' })
    expect(asStranger.text).toContain('10006')
    expect(simulator.approve(authorizeUrl(simulator), { personId: 'he-miao' })).toBeUndefined()
    const asFollower = await decide(authorizeUrl(simulator), { person: 'lin-xiaoyu', decision: 'allow' })
    expect(asFollower.status).toBe(302)
  })

  it('can be played', async () => {
    const simulator = await simulate()
    simulator.faults.next(path, { errcode: 10009 })
    expect((await open(authorizeUrl(simulator))).text).toContain('<strong>10009</strong>')
    expect((await open(authorizeUrl(simulator))).text).toContain('<form')
  })
})

describe('configured domains', () => {
  const cases: [string, string, boolean][] = [
    ['m.example.com', 'https://m.example.com/cb', true],
    ['m.example.com', 'http://m.example.com/cb', true],
    ['m.example.com', 'https://example.com/cb', false],
    ['m.example.com', 'https://www.m.example.com/cb', false],
    ['m.example.com', 'https://m.example.com:8443/cb', false],
    ['m.example.com:8443', 'https://m.example.com:8443/cb', true],
    ['m.example.com:*', 'https://m.example.com:1/cb', true],
    ['m.example.com/mp', 'https://m.example.com/mp/cb', true],
    ['m.example.com/mp', 'https://m.example.com/mpx', false],
    ['m.example.com/mp', 'https://m.example.com/mp/../cb', false],
    ['m.example.com', 'http://localhost:3000/cb', false],
  ]

  it.each(cases)('%s: %s is accepted: %s', async (domain, redirect_uri, isAcceptable) => {
    const simulator = await simulate({ oauthDomains: [domain] })
    expect(simulator.checkAuthorizeUrl(authorizeUrl(simulator, { redirect_uri })).isAcceptable).toBe(
      isAcceptable,
    )
  })
})

describe('the order of parameters', () => {
  const shuffled = (url: string) => {
    const { origin, pathname, searchParams } = new URL(url)
    return `${origin}${pathname}?${new URLSearchParams([...searchParams].reverse())}#wechat_redirect`
  }

  it('is warned about, or refused where configured so', async () => {
    const simulator = await simulate()
    const url = shuffled(authorizeUrl(simulator))
    expect((await open(url, { 'accept-language': 'en' })).text).toContain('documented order')
    expect((await open(url)).text).toContain('参数的顺序与文档不一致')
    expect(simulator.history.entries.at(-1)?.warnings).toHaveLength(1)
    simulator.configure({ parameterOrder: 'refuse' })
    expect((await open(url)).text).not.toContain('<form')
    simulator.configure({ parameterOrder: 'ignore' })
    expect((await open(url)).text).not.toContain('documented order')
  })

  it('may go on after state', async () => {
    const simulator = await simulate({ parameterOrder: 'refuse' })
    expect((await open(authorizeUrl(simulator, { connect_redirect: '1' }))).text).toContain('<form')
  })
})

describe('approve', () => {
  it('does what a tap does', async () => {
    const simulator = await simulate()
    const callback = new URL(simulator.approve(authorizeUrl(simulator), { personId: 'zhao-min' }) ?? '')
    expect(callback.searchParams.get('state')).toBe('abc123')
    const { body } = await exchange(simulator, callback.searchParams.get('code') ?? '')
    expect(body.openid).toBe(simulator.people.get('zhao-min')?.openid)
  })

  it('has no callback after a refusal, and none without #wechat_redirect', async () => {
    const simulator = await simulate()
    const url = authorizeUrl(simulator)
    expect(simulator.approve(url, { refuse: true })).toBeUndefined()
    expect(simulator.approve(url.replace('#wechat_redirect', ''))).toBeUndefined()
  })

  it('knows only its people', async () => {
    const simulator = await simulate()
    expect(() => simulator.approve(authorizeUrl(simulator), { personId: 'nobody' })).toThrow(/nobody/)
  })
})
