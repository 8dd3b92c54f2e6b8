import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCapsule, startCapsule } from './support/running-capsule.ts'

let capsule: RunningCapsule

beforeAll(async () => {
  capsule = await startCapsule()
})

afterAll(() => capsule.close())

describe('the page', () => {
  it('shows itself to visitors and to people who are logged in', async () => {
    for (const visitor of [request(capsule.url), await capsule.visitor('lin-xiaoyu')]) {
      const page = await visitor.get('/').set('Accept', 'text/html')
      expect(page.text).toContain('<title>时光胶囊</title>')
      // Otherwise the simulator's phone says that the start page lacks the script.
      expect(page.text).toContain('src="/wechat/jweixin.js"')
      expect(page.headers['cache-control']).toBe('no-store')
    }
  })

  it('asks who enters for the profile, and comes back to the start', async () => {
    const enter = await request(capsule.url).get('/enter').set('Accept', 'text/html')
    expect(enter.headers.location).toBe('/wechat/auth?state=%2Fenter&scope=snsapi_userinfo')
    const visitor = await capsule.visitor('lin-xiaoyu')
    expect((await visitor.get('/enter').set('Accept', 'text/html')).headers.location).toBe('/')
  })

  it('runs no script but its own and WeChat’s, and stands in no frame but the simulator’s', async () => {
    const { headers } = await request(capsule.url).get('/base.css')
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/script-src 'self' https:\/\/res\.wx\.qq\.com https:\/\/res2\.wx\.qq\.com/)
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(policy).toContain(`frame-ancestors 'self' ${capsule.simulator.url}`)
    expect(headers).not.toHaveProperty('x-frame-options')
  })

  it.each(['/main.js', '/express-wechat.js', '/screens/write.js', '/icon.svg'])('serves %s', async path => {
    await request(capsule.url).get(path).expect(200)
  })

  it('answers unknown paths in the shape of all errors', async () => {
    const { status, body } = await request(capsule.url).get('/nowhere')
    expect([status, body.msg]).toEqual([404, '没有找到这个页面'])
  })
})

describe('an error for a person who opened an address', () => {
  it.each([
    ['zh-CN,zh;q=0.9', 'zh-CN', '没有找到这个页面'],
    ['en-GB,en;q=0.9', 'en', 'There is no such page.'],
    ['de', 'zh-CN', '没有找到这个页面'],
  ])('is a page in the language of %s', async (accepted, lang, text) => {
    const {
      status,
      headers,
      text: page,
    } = await request(capsule.url)
      .get('/nowhere')
      .set('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8')
      .set('Accept-Language', accepted)
    expect(status).toBe(404)
    expect(headers['content-type']).toMatch(/^text\/html/)
    expect(page).toContain(`<html lang="${lang}">`)
    expect(page).toContain(`<h1>${text}</h1>`)
  })

  it('stays JSON for every other request', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const { headers } = await request(capsule.url).get('/nowhere').set('Accept', accept)
      expect(headers['content-type']).toMatch(/^application\/json/)
    }
  })
})

describe('data', () => {
  it.each(['/api/capsules', '/api/capsules/some/photo'])(
    'of %s needs a login, and says where',
    async path => {
      const { status, body } = await request(capsule.url).get(path)
      expect(status).toBe(401)
      expect(body.data.loginUrl).toBe('/wechat/auth')
    },
  )

  it('tells a visitor that nobody is logged in', async () => {
    const { body } = await request(capsule.url).get('/api/me')
    expect(body).toEqual({ openid: null, nickname: null, simulatorUrl: capsule.simulator.url })
  })

  it('tells who is logged in, by the name that the login brought', async () => {
    const visitor = await capsule.visitor('chen-siyuan')
    const { body } = await visitor.get('/api/me')
    expect(body).toEqual({
      openid: capsule.simulator.people.get('chen-siyuan')?.openid,
      nickname: capsule.simulator.people.get('chen-siyuan')?.nickname,
      simulatorUrl: capsule.simulator.url,
    })
  })
})

describe('time travel', () => {
  it('takes the app and the simulator to the same day', async () => {
    const visitor = await capsule.visitor('lin-xiaoyu')
    const before = capsule.simulator.now()
    await visitor.post('/api/time-travel').send({ days: 400 }).expect(204)
    expect(capsule.simulator.now() - before).toBeGreaterThanOrEqual(400 * 86_400_000)

    const { body } = await visitor.get('/api/capsules?timeZone=UTC')
    expect(body.today).toBe(new Date(capsule.simulator.now()).toISOString().slice(0, 10))
  })

  it.each([0, -1, 1.5, '3', 40_000, undefined])('refuses %s days', async days => {
    const visitor = await capsule.visitor('lin-xiaoyu')
    await visitor.post('/api/time-travel').send({ days }).expect(400)
  })

  it('needs a login', async () => {
    await request(capsule.url).post('/api/time-travel').send({ days: 1 }).expect(401)
  })

  it('does not exist with a real account', async () => {
    const real = await startCapsule({ canTravel: false })
    const visitor = await real.visitor('lin-xiaoyu')
    await visitor.post('/api/time-travel').send({ days: 1 }).expect(404)
    expect((await visitor.get('/api/me')).body.simulatorUrl).toBeNull()
    await real.close()
  })
})
