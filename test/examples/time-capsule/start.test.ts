import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, type StartedScript, startScript } from './support/started-script.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('npm start, without an account', () => {
  let capsule: StartedScript

  beforeAll(async () => {
    capsule = await startScript({ PORT: '0', DATA_DIR: folder })
  })
  afterAll(() => capsule?.stop())

  it('prints where to go, who to be and where the data is', () => {
    expect(capsule.entrance).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/phone\?url=http%3A%2F%2F127\.0\.0\.1%3A\d+%2F$/,
    )
    expect(capsule.output()).toContain(`Without the phone around it: ${capsule.url}`)
    expect(capsule.output()).toContain('林晓雨')
    expect(capsule.output()).toContain(join(folder, 'wxsim_time_capsule.sqlite'))
    expect(capsule.output()).toContain('WECHAT_APP_ID')
    expect(capsule.output()).not.toMatch(/warning|error/i)
  })

  it('logs people in, and gives them their capsules back after a restart', async () => {
    const visitor = await logInByHand(capsule.url)
    await visitor
      .post('/api/capsules')
      .send({ letter: '明年见', opensOn: '2099-01-01', timeZone: 'Asia/Shanghai' })
      .expect(201)
    expect(await capsule.stop()).toBe(0)

    capsule = await startScript({ PORT: '0', DATA_DIR: folder })
    const again = await logInByHand(capsule.url)
    const { body } = await again.get('/api/capsules')
    expect(body.capsules).toMatchObject([{ opensOn: '2099-01-01', state: 'sealed' }])
  })

  it('still signs the page after a year was skipped', async () => {
    const visitor = await logInByHand(capsule.url)
    const sign = () => visitor.post('/wechat/offiaccount/jssdk').send({ url: `${capsule.url}/` })
    const before = await sign()
    await visitor.post('/api/time-travel').send({ days: 365 }).expect(204)
    const after = await sign()

    const { body: me } = await visitor.get('/api/me')
    const { appid, timestamp, noncestr, signature } = after.body
    const verdict = await request(me.simulatorUrl)
      .post('/simulator/page/preverify')
      .send({
        appId: appid,
        timestamp,
        nonceStr: noncestr,
        signature,
        url: `${capsule.url}/`,
        jsApiList: ['chooseImage'],
      })
    expect(before.status).toBe(200)
    expect(verdict.body).toMatchObject({ errMsg: 'config:ok' })
  })

  it('says which port is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const child = run({ PORT: String(port), DATA_DIR: folder })
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', text => {
      errors += text
    })
    const [code] = await once(child, 'exit')
    other.close()
    expect(code).toBe(1)
    expect(errors).toMatch(new RegExp(`端口 ${port} 已被占用.*\\nPort ${port} is taken`))
  })
})

describe('npm start, with an account', () => {
  const account = {
    WECHAT_APP_ID: 'wx0123456789abcdef',
    WECHAT_APP_SECRET: '0123456789abcdef0123456789abcdef',
    WECHAT_PUBLIC_URL: 'https://m.example.com/wechat',
    SESSION_SECRET: 'a long random text',
  }

  it('starts no simulator, and lets desktop browsers log in by a scan', async () => {
    const capsule = await startScript({ PORT: '0', DATA_DIR: folder, ...account })
    expect(capsule.output()).not.toMatch(/模拟器|simulator/)
    expect(capsule.output()).toContain('wx0123456789abcdef.sqlite')
    const desktop = await request(capsule.url).get('/enter').set('Accept', 'text/html')
    expect(desktop.headers.location).toBe('/wechat/auth/scan?state=%2Fenter&scope=snsapi_userinfo')
    const shown = await request(capsule.url).get(String(desktop.headers.location)).set('Accept', 'text/html')
    expect([shown.status, shown.text]).toEqual([200, expect.stringContaining('微信扫码登录')])

    const phone = await request(capsule.url)
      .get('/wechat/auth?state=%2F')
      .set('User-Agent', 'MicroMessenger/8.0.49')
    expect(phone.headers.location).toMatch(
      /^https:\/\/open\.weixin\.qq\.com\/connect\/oauth2\/authorize\?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fm\.example\.com%2Fwechat%2Fauth%2Fcode&/,
    )
    expect(await capsule.stop()).toBe(0)
  })

  it.each(['SESSION_SECRET', 'WECHAT_APP_SECRET'])('does not start without %s, and names it', async name => {
    const { [name]: _missing, ...rest } = account as Record<string, string>
    await expect(startScript({ PORT: '0', DATA_DIR: folder, ...rest })).rejects.toThrow(name)
  })
})

/** As a person does it: they choose who they are on the simulator's page. */
async function logInByHand(url: string) {
  const visitor = request.agent(url)
  const login = await visitor.get('/wechat/auth?state=%2F')
  const authorize = new URL(String(login.headers.location))
  const answer = await request(authorize.origin)
    .post(authorize.pathname + authorize.search)
    .type('form')
    .send({ person: 'lin-xiaoyu', decision: 'allow' })
  const callback = new URL(String(answer.headers.location))
  await visitor.get(callback.pathname + callback.search).expect(302)
  return visitor
}
