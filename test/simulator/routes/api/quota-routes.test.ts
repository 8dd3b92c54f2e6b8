import { describe, expect, it } from 'vitest'
import { simulatedApiPaths } from '../../../../src/simulator/platform/api-paths.ts'
import { accessToken, call, jpeg, legacyToken, post, simulate, stableToken } from '../../support.ts'

const day = 86_400_000

describe('quotas', () => {
  it('answer 45009 when the day is used up, until midnight in China', async () => {
    const simulator = await simulate({ dailyLimits: { '/cgi-bin/token': 2 } })
    await legacyToken(simulator)
    await legacyToken(simulator)
    const { body } = await legacyToken(simulator)
    expect(body.errcode).toBe(45009)
    expect(body.errmsg).toMatch(/^reach max api daily quota limit rid: /)
    // The test begins at noon in China.
    simulator.advance(day / 2 - 1)
    expect((await legacyToken(simulator)).body.errcode).toBe(45009)
    simulator.advance(1)
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
  })

  it('answer 45011 when the minute is used up', async () => {
    const simulator = await simulate({ minuteLimits: { '/cgi-bin/stable_token': 1 } })
    await stableToken(simulator)
    expect((await stableToken(simulator)).body.errcode).toBe(45011)
    simulator.advance(60_000)
    expect((await stableToken(simulator)).body.errcode).toBeUndefined()
  })

  it('count no call that is refused for its credentials', async () => {
    const simulator = await simulate({ dailyLimits: { '/cgi-bin/token': 1 } })
    await legacyToken(simulator, { secret: 'sim_wrong' })
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
  })

  it.each([
    ['/cgi-bin/token', false, 2_000],
    ['/cgi-bin/token', true, 200],
    ['/cgi-bin/media/upload', false, 100_000],
    ['/cgi-bin/media/upload', true, 500],
    ['/cgi-bin/media/get', false, 200_000],
    ['/cgi-bin/media/get', true, 1_000],
    ['/cgi-bin/user/info', false, 5_000_000],
    ['/cgi-bin/message/custom/send', false, 500_000],
  ])('of %s, for a test account (%s), are %i a day', async (cgi_path, testAccount, limit) => {
    const simulator = await simulate({ testAccount })
    const access_token = await accessToken(simulator)
    const { body } = await post(simulator, '/cgi-bin/openapi/quota/get', { cgi_path }, { access_token })
    expect(body.quota).toEqual({ daily_limit: limit, used: 0, remain: limit })
  })

  it('of media end with 45009 after the last download of the day', async () => {
    const simulator = await simulate({ testAccount: true })
    const access_token = await accessToken(simulator)
    simulator.configure({ dailyLimits: { '/cgi-bin/media/get': 1 } })
    const media_id = simulator.uploadMedia({ type: 'image', data: jpeg })
    const download = () => call(simulator, '/cgi-bin/media/get', { access_token, media_id })
    expect((await download()).bytes).toEqual(jpeg)
    expect((await download()).body.errcode).toBe(45009)
  })

  it.each([
    ['cgi-bin/token', 76003],
    ['https://api.weixin.qq.com/cgi-bin/token', 76003],
    ['//api.weixin.qq.com/cgi-bin/token', 76003],
    ['/sns/userinfo', 76022],
    ['/cgi-bin/nothing', 76021],
    ['/constructor', 76021],
  ])('of %s are refused with %i', async (cgi_path, errcode) => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    const { body } = await post(simulator, '/cgi-bin/openapi/quota/get', { cgi_path }, { access_token })
    expect(body.errcode).toBe(errcode)
  })

  it('are told with the limit per minute, if the path has one', async () => {
    const simulator = await simulate({ minuteLimits: { '/cgi-bin/media/get': 7 } })
    const access_token = await accessToken(simulator)
    const read = async (cgi_path: string) =>
      (await post(simulator, '/cgi-bin/openapi/quota/get', { cgi_path }, { access_token })).body.rate_limit
    expect(await read('/cgi-bin/media/get')).toEqual({ call_count: 7, refresh_second: 60 })
    expect(await read('/cgi-bin/user/info')).toBeUndefined()
  })

  it('can be cleared ten times a month, then 48006', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    const clear = () => post(simulator, '/cgi-bin/clear_quota', { appid: simulator.appId }, { access_token })
    for (let count = 0; count < 10; count += 1) {
      expect((await clear()).body).toEqual({ errcode: 0, errmsg: 'ok' })
    }
    expect((await clear()).body.errcode).toBe(48006)
  })
})

it('every path that the simulator lists as its own has an answer other than 40066', async () => {
  const simulator = await simulate()
  for (const path of simulatedApiPaths) {
    const get = await call(simulator, path)
    expect([path, get.status, get.body.errcode]).not.toContain(40066)
    expect([path, typeof get.body.errcode]).toEqual([path, 'number'])
  }
})

describe('diagnosis', () => {
  it('lists addresses for a good token only', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    for (const path of ['/cgi-bin/get_api_domain_ip', '/cgi-bin/getcallbackip']) {
      expect((await call(simulator, path, { access_token })).body.ip_list).toContainEqual(expect.any(String))
      expect((await call(simulator, path)).body.errcode).toBe(41001)
    }
  })

  it('answers 40066 for a path that the API does not have', async () => {
    const simulator = await simulate()
    expect((await call(simulator, '/cgi-bin/nothing')).body.errcode).toBe(40066)
    expect((await post(simulator, '/sns/nothing', {})).body.errmsg).toMatch(/^invalid url, rid: /)
    expect((await call(simulator, '/nothing')).status).toBe(404)
  })
})
