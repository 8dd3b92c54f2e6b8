import { describe, expect, it } from 'vitest'
import type { Phone } from '../simulator/bridge/support/phone.ts'
import { useFixture } from '../simulator/bridge/support/use-fixture.ts'
import { executablePath } from '../support/chromium.ts'
import { importLibrary } from './support/library.ts'

const loginPage = '<!doctype html><link rel="icon" href="data:,"><title>login</title>'

describe.skipIf(!executablePath)('logging in', () => {
  const fixture = useFixture()

  async function open(path: string): Promise<Phone> {
    fixture.site.app.get(['/wechat/auth', '/gate/auth'], (_req, res) => {
      res.type('html').send(loginPage)
    })
    const phone = await fixture.open(path)
    await importLibrary(phone)
    return phone
  }

  const unauthorised = (data: unknown) => ({
    status: 401,
    contentType: 'application/json',
    body: JSON.stringify({ status: 401, msg: '请先登录微信', data }),
  })

  /** Where the page went, as path and decoded state. */
  async function destination(
    phone: Phone,
  ): Promise<{ path: string; state: string | null; scope: string | null }> {
    await phone.page.waitForURL(/\/auth\?/)
    const { pathname, searchParams } = new URL(phone.page.url())
    return { path: pathname, state: searchParams.get('state'), scope: searchParams.get('scope') }
  }

  it('leaves for the login with the whole address of the page, fragment included', async () => {
    const phone = await open('/?name=微信&a=b%26c#part')
    const href = phone.page.url()
    await phone.run('library.login()')
    expect(await destination(phone)).toEqual({ path: '/wechat/auth', state: href, scope: null })
  })

  it('takes another base, another page to return to and another scope', async () => {
    const phone = await open('/')
    await phone.run(
      `library.login({ base: '/gate', returnTo: 'https://m.example.com/?a=1&b=2', scope: 'snsapi_userinfo' })`,
    )
    expect(await destination(phone)).toEqual({
      path: '/gate/auth',
      state: 'https://m.example.com/?a=1&b=2',
      scope: 'snsapi_userinfo',
    })
  })

  it('hands every answer through that is no 401 of this library', async () => {
    const phone = await open('/')
    await phone.page.route('**/api', route => route.fulfill({ status: 403, body: 'no' }))
    expect(
      await phone.run(`library.fetchWithLogin('/api', { method: 'POST' }).then(({ status }) => status)`),
    ).toBe(403)
    await phone.page.unrouteAll()
    await phone.page.route('**/api', route => route.fulfill({ status: 401, body: '{"error":"token"}' }))
    expect(await phone.run(`library.fetchWithLogin('/api').then(response => response.text())`)).toBe(
      '{"error":"token"}',
    )
  })

  it('goes where the 401 says, and comes back to this page', async () => {
    const phone = await open('/?x=微信#part')
    const href = phone.page.url()
    await phone.page.route('**/api', route =>
      route.fulfill(unauthorised({ loginUrl: '/gate/auth?scope=snsapi_base&state=their-guess' })),
    )
    await phone.run(`void library.fetchWithLogin('/api')`)
    expect(await destination(phone)).toEqual({ path: '/gate/auth', state: href, scope: 'snsapi_base' })
  })

  it('goes to the origin of its base if that is another one and the 401 names a path', async () => {
    const phone = await open('/')
    await phone.page.route('**/api', route => route.fulfill(unauthorised({ loginUrl: '/gate/auth' })))
    await phone.page.route('http://back-end.example/**', route =>
      route.fulfill({ contentType: 'text/html', body: loginPage }),
    )
    await phone.run(`void library.fetchWithLogin('/api', {}, { base: 'http://back-end.example/gate' })`)
    expect((await destination(phone)).path).toBe('/gate/auth')
    expect(new URL(phone.page.url()).origin).toBe('http://back-end.example')
  })

  it('goes to the login of its base where the 401 names none', async () => {
    const phone = await open('/')
    await phone.page.route('**/api', route => route.fulfill(unauthorised(null)))
    await phone.run(`void library.fetchWithLogin('/api')`)
    expect((await destination(phone)).path).toBe('/wechat/auth')
  })

  it('follows no address that is not http', async () => {
    const phone = await open('/')
    await phone.page.route('**/api', route =>
      route.fulfill(unauthorised({ loginUrl: 'javascript:alert(1)' })),
    )
    expect(await phone.run(`library.fetchWithLogin('/api').catch(({ message }) => message)`)).toMatch(
      /javascript:/,
    )
  })

  it('hands the 401 through, instead of going round, where the login did not help', async () => {
    const phone = await open('/')
    await phone.page.route('**/api', route => route.fulfill(unauthorised(null)))
    // Both leave together; neither is handed its 401 while the page goes.
    await phone.run(`void [1, 2].map(() =>
      library.fetchWithLogin('/api').then(() => sessionStorage.setItem('settled', 'yes')))`)
    await destination(phone)
    expect(await phone.run(`sessionStorage.getItem('settled')`)).toBeNull()

    await phone.page.goto(`${fixture.site.url}/`)
    await importLibrary(phone)
    expect(await phone.run(`library.fetchWithLogin('/api').then(({ status }) => status)`)).toBe(401)
  })

  it('goes again where the login had helped meanwhile', async () => {
    const phone = await open('/')
    let status = 401
    await phone.page.route('**/api', route => route.fulfill(status === 401 ? unauthorised(null) : { status }))
    await phone.run(`void library.fetchWithLogin('/api')`)
    await destination(phone)

    await phone.page.goto(`${fixture.site.url}/`)
    await importLibrary(phone)
    status = 200
    expect(await phone.run(`library.fetchWithLogin('/api').then(({ status }) => status)`)).toBe(200)
    status = 401
    await phone.run(`void library.fetchWithLogin('/api')`)
    expect((await destination(phone)).path).toBe('/wechat/auth')
  })
})
