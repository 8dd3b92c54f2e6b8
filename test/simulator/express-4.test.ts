import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SimulatorApp } from 'express-wechat/simulator'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { call, jpeg } from './support.ts'

// The whole simulator over the older major, mounted below a path and behind a body parser, as in somebody's app.
vi.mock('express', () => vi.importActual('express4'))

const { default: express } = await import('express')
const { createSimulatorApp } = await import('express-wechat/simulator')

const wechat: SimulatorApp = createSimulatorApp({
  appId: 'wxsim4',
  appSecret: 'sim_4',
  // Time stands still, so that no second of a token's life has passed.
  now: () => 1_800_000_000_000,
})
const server = createServer(
  express()
    .use(express.urlencoded({ extended: false }), express.json({ type: '*/*' }))
    .use('/weixin', wechat),
).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weixin`
afterAll(() => void server.close())

describe('over Express 4, mounted in an app that parses bodies', () => {
  it('runs on that major', () => {
    // Only Express 4 has the router that is made at the first use.
    expect(Reflect.has(express(), 'lazyrouter')).toBe(true)
  })

  it('issues tokens and tickets', async () => {
    const credentials = { grant_type: 'client_credential', appid: 'wxsim4', secret: 'sim_4' }
    const { body } = await call(
      { url },
      '/cgi-bin/stable_token',
      {},
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(credentials),
      },
    )
    expect(body.expires_in).toBe(7200)
    const query = { access_token: String(body.access_token), type: 'jsapi' }
    expect((await call({ url }, '/cgi-bin/ticket/getticket', query)).headers.get('content-type')).toBe(
      'application/json; encoding=utf-8',
    )
    expect((await call({ url }, '/cgi-bin/ticket/getticket', { ...query, type: '' })).body.errcode).toBe(
      40097,
    )
    const media_id = wechat.simulator.uploadMedia({ type: 'image', data: jpeg })
    const media = await call({ url }, '/cgi-bin/media/get', { ...query, media_id })
    expect([media.headers.get('content-type'), media.bytes]).toEqual(['image/jpeg', jpeg])
    expect(wechat.simulator.history.count('/cgi-bin/media/get')).toBe(1)
  })

  it('logs people in, with addresses below its mount path', async () => {
    const authorize = new URLSearchParams({
      appid: 'wxsim4',
      redirect_uri: 'http://localhost:3000/cb',
      response_type: 'code',
      scope: 'snsapi_userinfo',
      state: 'abc',
    })
    const page = `/connect/oauth2/authorize?${authorize}`
    expect((await call({ url }, page)).text).toContain('<form method="post">')
    const form = new URLSearchParams({ person: 'he-miao', decision: 'allow' })
    expect((await call({ url }, page, {}, { method: 'POST', body: form })).headers.get('location')).toContain(
      'code=',
    )
    const callback = wechat.simulator.approve(`${url}${page}#wechat_redirect`) ?? ''
    const login = await call({ url }, '/sns/oauth2/access_token', {
      appid: 'wxsim4',
      secret: 'sim_4',
      code: new URL(callback).searchParams.get('code') ?? '',
      grant_type: 'authorization_code',
    })
    const { body } = await call({ url }, '/sns/userinfo', {
      access_token: String(login.body.access_token),
      openid: String(login.body.openid),
    })
    expect(body.headimgurl).toBe(`${url}/mmopen/lin-xiaoyu/132`)
    expect((await call({ url: '' }, String(body.headimgurl))).status).toBe(200)
  })

  it('is steered and told apart', async () => {
    expect((await call({ url }, '/simulator/state')).body.appId).toBe('wxsim4')
    const changed = await call(
      { url },
      '/simulator/clock',
      {},
      {
        method: 'POST',
        headers: { 'x-simulator-key': wechat.simulator.controlKey, 'content-type': 'application/json' },
        body: '{"advanceMs":1}',
      },
    )
    expect(changed.status).toBe(200)
    expect((await call({ url }, '/cgi-bin/nothing')).body.errcode).toBe(40066)
    expect((await call({ url }, '/nothing')).headers.get('x-wechat-simulator')).toBe('1')
  })
})
