import express from 'express'
import { createTokenManager, type TokenManagerOptions, wechatRouter } from 'express-wechat'
import request from 'supertest'
import { describe, expect, it } from 'vitest'

function appOf(options: TokenManagerOptions) {
  return express().use('/wechat', wechatRouter({ tokenManager: createTokenManager(options) }))
}

const real = appOf({ appId: 'wx0123456789abcdef', appSecret: 'an-app-secret' })
const simulated = appOf({
  appId: 'wxsim1',
  appSecret: 'sim_secret',
  apiBaseUrl: 'http://127.0.0.1:9',
  openBaseUrl: 'http://127.0.0.1:9',
})

describe('GET {base}/jweixin.js', () => {
  it("leads to WeChat's own script, whatever the query says", async () => {
    const answer = await request(real).get('/wechat/jweixin.js?profile=ios')
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toBe('https://res.wx.qq.com/open/js/jweixin-1.6.0.js')
  })

  it("leads to the simulator's, with the query, and is never cached there", async () => {
    const answer = await request(simulated).get('/wechat/jweixin.js?profile=ios')
    expect(answer.headers.location).toBe('http://127.0.0.1:9/simulator/jweixin.js?profile=ios')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('can be loaded by pages of other sites', async () => {
    const answer = await request(real).get('/wechat/jweixin.js')
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
  })

  it('answers other methods with 405', async () => {
    expect((await request(real).post('/wechat/jweixin.js')).status).toBe(405)
  })
})
