import { requireWechatLogin } from 'express-wechat'
import { afterEach, expect, it } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { closeSites, startSite } from '../support/site.ts'
import { keepWarnings } from '../support/warning.ts'

afterEach(closeSites)

const AS_VIDEO = { headers: { accept: '*/*', 'sec-fetch-mode': 'no-cors' } }

/** An app without express-session: both guard and login answer 503. */
function startBroken() {
  return startSite({
    session: false,
    pages: (app, tokenManager) => void app.get('/capsule', requireWechatLogin({ tokenManager })),
  })
}

it.each(['/capsule', '/wechat/auth?state=/capsule'])(
  'a person who opens %s while the server fails gets a page with another try',
  async path => {
    const site = await startBroken()
    const { status, headers, text } = await site.visitor().open(site.origin + path)
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    expect(text).toContain('服务繁忙，请稍后再试')
    expect(text).toContain('<a href="">重试</a>')
  },
)

it('a person gets a page without another try if the request itself is wrong', async () => {
  const site = await startSite()
  const { status, text } = await site.visitor().open(`${site.base}/auth?scope=everything`)
  expect([status, text]).toEqual([400, expect.stringContaining('<h1>页面打不开</h1>')])
  expect(text).not.toContain('<a ')
})

it.each([
  ['JSON', AS_SCRIPT],
  ['a video', AS_VIDEO],
])('a script that loads %s gets JSON instead', async (_what, visit) => {
  const site = await startBroken()
  for (const path of ['/capsule', '/wechat/auth']) {
    const { json } = await site.visitor().open(site.origin + path, visit)
    expect(json).toEqual({ status: 503, msg: '服务繁忙，请稍后再试', data: null })
  }
})

it('an app with onError answers in its own way', async () => {
  const site = await startSite({
    session: false,
    pages: app =>
      void app.get(
        '/capsule',
        requireWechatLogin({ onError: (error, _req, res) => void res.status(error.status).send('my page') }),
      ),
  })
  expect((await site.visitor().open(`${site.origin}/capsule`)).text).toBe('my page')
})

it('warns of three foreign origins of pages, each once, and says which settings allow them', async () => {
  const site = await startSite()
  const warnings = keepWarnings()
  for (const name of ['a', 'a', 'b', 'c', 'd']) {
    const page = `https://${name}.test/page?secret=hush`
    await site.visitor().open(`${site.base}/auth?state=${encodeURIComponent(page)}`)
  }
  const texts = await warnings()
  expect(texts.map(text => /a page of (\S+) was refused/.exec(text)?.[1])).toEqual([
    'https://a.test',
    'https://b.test',
    'https://c.test',
  ])
  expect(texts[0]).toContain(`this router is at ${site.origin}`)
  expect(texts[0]).toMatch(/"allowedOrigins" \(WECHAT_ALLOWED_ORIGINS\).*"publicUrl" \(WECHAT_PUBLIC_URL\)/)
  expect(texts.join()).not.toContain('hush')
})

it('warns of the foreign origin of a page that asks to be signed', async () => {
  const site = await startSite()
  const warnings = keepWarnings()
  const body = JSON.stringify({ url: 'https://h5.test/' })
  const visit = { ...AS_SCRIPT, method: 'POST', body }
  expect((await site.visitor().open(`${site.base}/offiaccount/jssdk`, visit)).status).toBe(403)
  expect(await warnings()).toEqual([expect.stringContaining('a page of https://h5.test was refused')])
})
