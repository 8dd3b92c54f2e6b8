import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../support/listen.ts'
import { newVisitor, type Visitor } from '../../support/visitor.ts'
import { type Child, runProgram } from './support/child.ts'
import { type ListeningGateway, startGatewayApp } from './support/gateway-app.ts'

let wechat: RunningSimulator
beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(() => wechat?.close())

/** Opens a guarded page, and logs in on the way. */
async function openByLogin(visitor: Visitor, page: string) {
  const sent = await visitor.open(page)
  const authorize = await visitor.open(sent.location ?? '')
  const callback = wechat.approve(authorize.location ?? '', { personId: 'lin-xiaoyu' })
  const back = await visitor.open(callback ?? '')
  // A satellite marks the address to which it wants its visitors back.
  expect(back.location?.replace(/\?wechat-round=[\w-]+/, '')).toBe(`${page}#`)
  return visitor.open(page)
}

describe('examples/satellite.ts beside the gateway', () => {
  let gateway: ListeningGateway
  let satellite: Child
  let page: string

  beforeAll(async () => {
    const port = await freePort()
    page = `http://127.0.0.1:${port}/`
    gateway = await startGatewayApp({ ...wechat.env, WECHAT_ALLOWED_ORIGINS: `http://127.0.0.1:${port}` })
    satellite = runProgram('examples/satellite.ts', { PORT: String(port), WECHAT_GATEWAY_URL: gateway.url })
    await satellite.wrote('stdout', /listens at/)
  })

  afterAll(async () => {
    satellite?.kill('SIGTERM')
    await Promise.all([satellite?.ended, gateway?.close()])
  })

  it('knows a visitor of the gateway, on another port of the same host', async () => {
    const answer = await openByLogin(newVisitor(), page)
    expect(answer.json).toEqual({ openid: wechat.people.get('lin-xiaoyu')?.openid })
  })

  it("does not know a stranger, by any cookie of the stranger's making", async () => {
    const stranger = newVisitor()
    expect((await stranger.fetch(page)).status).toBe(401)
    await stranger.jar.setCookie('wechat.sid=s%3Amade-up.by-a-stranger', page)
    expect((await stranger.fetch(page)).status).toBe(401)
  })
})

describe('examples/quick-start.ts', () => {
  let app: Child
  let page: string

  beforeAll(async () => {
    app = runProgram('examples/quick-start.ts', { ...wechat.env, PORT: '0' })
    const [, address = ''] = await app.wrote('stdout', /Open (http:\S+)\n/)
    page = address
  })
  afterAll(async () => {
    app.kill('SIGTERM')
    await app.ended
  })

  it('logs a person in and greets them', async () => {
    const answer = await openByLogin(newVisitor(), page)
    expect(answer.text).toBe(`hello ${wechat.people.get('lin-xiaoyu')?.openid}`)
  })

  it('serves what configureWechat asks for by default', async () => {
    const [script, signature] = ['/wechat/jweixin.js', '/wechat/offiaccount/jssdk'].map(
      path => new URL(path, page).href,
    )
    const visitor = newVisitor()
    expect(await visitor.fetch(script ?? '')).toMatchObject({
      status: 302,
      location: `${wechat.url}/simulator/jweixin.js`,
    })
    const signed = await visitor.fetch(signature ?? '', {
      method: 'POST',
      body: JSON.stringify({ url: page }),
    })
    expect(signed.json).toMatchObject({ appid: wechat.appId })
  })
})
