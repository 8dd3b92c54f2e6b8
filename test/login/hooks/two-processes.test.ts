// @express 5 alone: the subject is what two processes share in Redis; on-login.test.ts holds the hooks on both majors.
import { setTimeout as delay } from 'node:timers/promises'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import {
  createRedisTokenStore,
  createTokenManager,
  requireWechatLogin,
  type WechatAuthOptions,
  wechatAuthRouter,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../../support/browser.ts'
import { type Listening, listen } from '../../support/listen.ts'
import { type RedisServer, redisProgram, startRedis } from '../../support/redis-server.ts'

describe.runIf(redisProgram)('two processes over one Redis', () => {
  let redis: RedisServer
  let wechat: RunningSimulator
  const ends: (() => unknown)[] = []

  beforeAll(async () => {
    redis = await startRedis()
    wechat = await startSimulator()
  })
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
    await wechat?.close()
    await redis?.close()
  })

  /** One process as far as the package knows: its own clients, token manager and router. */
  async function startProcess(hooks: WechatAuthOptions, publicUrl?: string): Promise<Listening> {
    const client = createClient({ url: redis.url })
    await client.connect()
    const tokenManager = createTokenManager({
      appId: wechat.appId,
      appSecret: wechat.appSecret,
      apiBaseUrl: wechat.url,
      openBaseUrl: wechat.url,
      timeoutMs: 1_000,
      store: createRedisTokenStore(client),
    })
    const app = express()
    app.use(
      session({ secret: 's', resave: false, saveUninitialized: false, store: new RedisStore({ client }) }),
    )
    app.use('/wechat', wechatAuthRouter({ tokenManager, publicUrl, ...hooks }))
    app.get('/me', requireWechatLogin({ tokenManager }), (req, res) => {
      res.locals.showsSecrets = true
      res.json({ openid: req.wechat.openid, session: req.session })
    })
    const listening = await listen(app)
    ends.push(
      () => client.destroy(),
      () => tokenManager.close(),
      () => listening.close(),
    )
    return listening
  }

  /** Sends one callback to both processes at the same moment. */
  async function callBoth(hooks: WechatAuthOptions) {
    const first = await startProcess(hooks)
    const second = await startProcess(hooks, `${first.origin}/wechat`)
    const browser = createBrowser()
    const begun = await browser.open(`${first.origin}/wechat/auth?state=%2Fme`)
    const callback = wechat.approve(begun.location) ?? ''
    const cookie = await browser.jar.getCookieString(callback)
    const addresses = [callback, callback.replace(first.origin, second.origin)]
    const answers = await Promise.all(addresses.map(url => browser.open(url, { ...AS_SCRIPT, cookie })))
    const people = answers.map(async ({ setCookies }) => {
      const sid = setCookies.find(text => text.startsWith('connect.sid='))?.split(';')[0] ?? ''
      return createBrowser().open(`${second.origin}/me`, { ...AS_SCRIPT, cookie: sid })
    })
    return { answers, people: await Promise.all(people) }
  }

  it('run a hook of three seconds once, and both callbacks end logged in with its values', async () => {
    let runs = 0
    const { answers, people } = await callBoth({
      async onLogin() {
        runs += 1
        await delay(3_000)
        return { session: { run: runs } }
      },
    })
    expect(runs).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([302, 302])
    for (const { json } of people) {
      expect(json).toMatchObject({ openid: wechat.people.get('lin-xiaoyu')?.openid, session: { run: 1 } })
    }
  })

  it.each([
    ['throws', () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise<void>(() => {})],
  ])('leave nobody logged in if the hook %s, and both callbacks say so', async (_name, onLogin) => {
    let runs = 0
    const { answers, people } = await callBoth({
      onLoginTimeoutMs: 500,
      onLogin() {
        runs += 1
        return onLogin()
      },
    })
    expect(runs).toBe(1)
    expect(answers.map(({ json }) => json)).toEqual(
      Array(2).fill({ status: 500, msg: '登录没有完成，请稍后再试', data: null }),
    )
    expect(people.map(({ status }) => status)).toEqual([401, 401])
  })

  it('begin the login again at the second if the first ends in the middle of the hook', async () => {
    const began = Promise.withResolvers<void>()
    const dead = await startProcess({
      onLogin() {
        began.resolve()
        return new Promise<void>(() => {})
      },
      onLoginTimeoutMs: 30_000,
    })
    const alive = await startProcess(
      { onLogin: () => ({ session: { by: 'alive' } }), onLoginTimeoutMs: 500 },
      `${dead.origin}/wechat`,
    )
    const browser = createBrowser()
    const begun = await browser.open(`${dead.origin}/wechat/auth?state=%2Fme`)
    const callback = wechat.approve(begun.location) ?? ''
    const cookie = await browser.jar.getCookieString(callback)
    const lost = browser.open(callback, { cookie }).catch(() => undefined)
    await began.promise

    const toAlive = (url: string) => url.replace(dead.origin, alive.origin)
    const again = await browser.open(toAlive(callback), { cookie })
    expect(again.location).toContain('/connect/oauth2/authorize')
    const newCookies = [cookie, ...again.setCookies.map(text => text.split(';')[0])].join('; ')
    const finished = await browser.open(toAlive(wechat.approve(again.location) ?? ''), { cookie: newCookies })
    const sid = finished.setCookies.find(text => text.startsWith('connect.sid='))?.split(';')[0] ?? ''
    const me = await createBrowser().open(`${alive.origin}/me`, { ...AS_SCRIPT, cookie: sid })
    expect(me.json).toMatchObject({ session: { by: 'alive' } })
    await dead.close()
    await lost
  }, 20_000)
})
