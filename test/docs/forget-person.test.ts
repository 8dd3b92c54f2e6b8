import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createTokenManager, wechatRouter } from 'express-wechat'
import { startSimulator } from 'express-wechat/simulator'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AS_SCRIPT, type Browser, createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'
import { redisProgram, startRedis } from '../support/redis-server.ts'
import { createRecipeLoader } from './recipes.ts'

type ForgetPerson = (openid: string) => Promise<number>

describe.skipIf(!redisProgram)('the guide to privacy', () => {
  it('has a function that ends all sessions of one person, and none of others', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.close())
    const client = createClient({ url: redis.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    const wechat = await startSimulator()
    onTestFinished(() => wechat.close())
    const { appId, appSecret, url } = wechat
    const tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl: url, openBaseUrl: url })
    onTestFinished(() => tokenManager.close())

    const app = express()
    const store = new RedisStore({ client })
    app.use(session({ secret: 'of this test', store, resave: false, saveUninitialized: false }))
    app.use('/wechat', wechatRouter({ tokenManager }))
    const { origin, close } = await listen(app)
    onTestFinished(close)

    async function logIn(personId: string): Promise<Browser> {
      const browser = createBrowser()
      const { location } = await browser.open(`${origin}/wechat/auth`)
      await browser.open(wechat.approve(location, { personId }) ?? '')
      return browser
    }
    const [phone, computer, other] = await Promise.all(['lin-xiaoyu', 'lin-xiaoyu', 'zhao-min'].map(logIn))
    const statuses = () =>
      Promise.all(
        [phone, computer, other].map(async browser => {
          const answer = await browser?.open(`${origin}/wechat/auth/user/openid`, AS_SCRIPT)
          return answer?.status
        }),
      )
    expect(await statuses()).toEqual([200, 200, 200])

    const recipes = createRecipeLoader({ client })
    onTestFinished(() => recipes.close())
    const { forgetPerson } = await recipes.load<{ forgetPerson: ForgetPerson }>('forget-person')
    // The sample's client is a global, which it reads when it is called.
    Object.assign(globalThis, { client })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'client'))
    expect(await forgetPerson(wechat.people.get('lin-xiaoyu')?.openid ?? '')).toBe(2)
    expect(await statuses()).toEqual([401, 401, 200])
  })
})
