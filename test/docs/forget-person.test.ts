import { readFileSync } from 'node:fs'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import {
  createRedisTokenStore,
  createTokenManager,
  resilientRedisOptions,
  wechatRouter,
} from 'express-wechat'
import { startSimulator } from 'express-wechat/simulator'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AS_SCRIPT, type Browser, createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'
import { redisProgram, startRedis } from '../support/redis-server.ts'
import { chineseOf, englishOf } from './guides.ts'
import { createRecipeLoader } from './recipes.ts'

type ForgetPerson = (openid: string) => Promise<number>

interface KeyReader {
  keys(pattern: string): Promise<string[]>
  pTTL(key: string): Promise<number>
}

describe.skipIf(!redisProgram)('the guide to privacy', () => {
  it('names the keys that logins leave in Redis, and deletes the sessions of one person alone', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.close())
    const client = createClient({ url: redis.url, ...resilientRedisOptions() })
    await client.connect()
    onTestFinished(() => client.destroy())
    const wechat = await startSimulator()
    onTestFinished(() => wechat.close())
    const { appId, appSecret, url } = wechat
    const account = { appId, appSecret, apiBaseUrl: url, openBaseUrl: url }
    const tokenManager = createTokenManager({ ...account, store: createRedisTokenStore(client) })
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

    await expectOnlyNamedKeys(client, appId)

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

/** What is in Redis after logins has its name in the guide, and ends as the guide says. */
async function expectOnlyNamedKeys(client: KeyReader, appId: string): Promise<void> {
  const guides = [englishOf('privacy'), chineseOf('privacy')].map(path => readFileSync(path, 'utf8'))
  const limits = new Map([
    ['sess:{id}', 86_400_000],
    ['wechat:{environment}:{appId}:login:{id}', 660_000],
    ['wechat:{environment}:{appId}:login:{id}:outcome', 60_000],
  ])
  const seen = new Set<string>()
  for (const key of await client.keys('*')) {
    const name = key
      .replace(/^sess:.*$/, 'sess:{id}')
      .replace(new RegExp(`^wechat:[a-z]+:${appId}:`), 'wechat:{environment}:{appId}:')
      .replace(/:login:[0-9a-f]{32}/, ':login:{id}')
    seen.add(name)
    const leftMs = await client.pTTL(key)
    expect(leftMs, key).toBeGreaterThan(0)
    expect(leftMs, name).toBeLessThanOrEqual(limits.get(name) ?? 0)
  }
  expect([...seen].toSorted()).toEqual([...limits.keys()])
  for (const name of limits.keys()) {
    for (const text of guides) expect(text).toContain(name.replace('sess:{id}', "'sess:'"))
  }
}
