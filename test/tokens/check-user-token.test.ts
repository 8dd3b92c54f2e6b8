import { checkUserToken } from 'express-wechat'
import { createFakeTokenManager } from 'express-wechat/testing'
import { expect, it } from 'vitest'

const ENDPOINT = '/sns/auth'
const userToken = { accessToken: 'user-token', openid: 'o1' }

it('accepts a token that WeChat accepts, and sends it with the openid and no other token', async () => {
  const tokenManager = createFakeTokenManager({ answers: { [ENDPOINT]: { errcode: 0, errmsg: 'ok' } } })
  expect(await checkUserToken(tokenManager, userToken)).toBe(true)
  expect(tokenManager.calls).toMatchObject([
    { endpoint: ENDPOINT, query: { access_token: 'user-token', openid: 'o1' } },
  ])
})

it.each([40001, 40003, 40014, 42001, 42007])('refuses a token that WeChat refuses with %i', async errcode => {
  const tokenManager = createFakeTokenManager({ errors: { [ENDPOINT]: errcode } })
  expect(await checkUserToken(tokenManager, userToken)).toBe(false)
})

it.each<[string, number | 'unreachable', object]>([
  ['WeChat can not be reached', 'unreachable', { code: 'wechat_unreachable' }],
  ['WeChat is busy', -1, { errcode: -1 }],
  ['the quota is exhausted', 45009, { errcode: 45009, status: 429 }],
])('throws instead of refusing if %s', async (_, error, expected) => {
  const tokenManager = createFakeTokenManager({ errors: { [ENDPOINT]: error } })
  await expect(checkUserToken(tokenManager, userToken)).rejects.toMatchObject(expected)
})

it('throws if the answer is not of the protocol of WeChat', async () => {
  const tokenManager = createFakeTokenManager({ answers: { [ENDPOINT]: { valid: true } } })
  await expect(checkUserToken(tokenManager, userToken)).rejects.toMatchObject({ code: 'wechat_protocol' })
})
