import { createTokenManager } from 'express-wechat'
import { startSimulator } from 'express-wechat/simulator'
import { expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'

async function startAccount() {
  const simulator = await startSimulator({ newCallers: 'need-confirmation' })
  const clock = new ManualClock()
  const tokenManager = createTokenManager({
    appId: simulator.appId,
    appSecret: simulator.appSecret,
    apiBaseUrl: simulator.url,
    openBaseUrl: simulator.url,
    clock,
  })
  onTestFinished(async () => {
    await tokenManager.close()
    await simulator.close()
  })
  const ask = () => {
    // The backoff after a failure is over by then.
    clock.advance(60_000)
    return tokenManager.getAccessToken()
  }
  return { simulator, ask }
}

it('a new server waits for the administrator, is told so, and then works by itself', async () => {
  const { simulator, ask } = await startAccount()
  await expect(ask()).rejects.toMatchObject({
    errcode: 89503,
    status: 500,
    message: expect.stringContaining('WeChat has sent the administrator a message'),
  })
  await expect(ask()).rejects.toMatchObject({ errcode: 89501, status: 500 })
  simulator.confirmNewCallers()
  await expect(ask()).resolves.toMatch(/./)
})

it.each([40164, 61004] as const)('an address that is not listed is told alike by %i', async errcode => {
  const { simulator, ask } = await startAccount()
  simulator.configure({ newCallers: 'allowed', ipWhitelist: ['203.0.113.9'], ipWhitelistErrcode: errcode })
  const before = simulator.history.count('/cgi-bin/stable_token')
  await expect(ask()).rejects.toMatchObject({
    errcode,
    status: 500,
    message: expect.stringContaining('IP 白名单'),
  })
  // A repetition can not help.
  expect(simulator.history.count('/cgi-bin/stable_token')).toBe(before + 1)
})
